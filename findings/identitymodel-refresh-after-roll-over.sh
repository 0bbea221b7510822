#!/bin/sh
# Versions: Microsoft.IdentityModel.Protocols.OpenIdConnect and JsonWebTokens 8.23.0 and 7.7.3 (NuGet), .NET SDK of the system.
# One would guess: when a token names an unknown key, JsonWebTokenHandler asks its ConfigurationManager for the keys again and judges the
#   token by the answer, at most once per RefreshInterval (5 minutes). Version 7 does. A fetch that fails is tried again.
# Seen: in version 8 the fetch runs in the background and the token is judged by the old keys meanwhile. The first token of a new key is
#   always refused with IDX10503, also when its key arrives a moment later, and the second is accepted. In both versions a fetch that
#   fails uses up the interval, too: if the key server fails as the first token of a new key arrives, tokens of that key are refused for
#   five minutes without another fetch, however soon the server is back. So are those of a second new key in the same five minutes.
#   Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking gives version 8 the first token back, and does not change the rest.
# Why it matters: a new worker process fetches when it starts, but one that runs refuses one token at every roll-over, and clients that
#   lose a good token this way ask for another one. Five minutes of refusals that end by themselves are no fault of the keys. A rule that
#   wants several refusals over some time, or a test double that must not refuse, has to know both.
set -eu
command -v dotnet >/dev/null || { echo "needs the .NET SDK"; exit 1; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat > keys.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Microsoft.IdentityModel.JsonWebTokens" Version="$(Release)" />
    <PackageReference Include="Microsoft.IdentityModel.Protocols.OpenIdConnect" Version="$(Release)" />
  </ItemGroup>
</Project>
XML
cat > Keys.cs <<'CS'
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

AppContext.SetSwitch("Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking", args is ["blocking"]);
var entra = new Entra();
var first = entra.Publish("first");
var validator = NewValidator();
var seen = new List<string> { await Judge(first) };
var second = entra.Publish("second");
seen.Add(await Judge(second));
seen.Add(await Judge(second));
var third = entra.Publish("third");
seen.Add(await Judge(third));
Console.WriteLine("roll-over " + string.Join(' ', seen));

validator = NewValidator();
seen = [await Judge(third)];
var fourth = entra.Publish("fourth");
entra.IsFailing = true;
seen.Add(await Judge(fourth));
entra.IsFailing = false;
seen.Add(await Judge(fourth));
seen.Add(await Judge(fourth));
Console.WriteLine("failing " + string.Join(' ', seen));

TokenValidationParameters NewValidator() => new()
{
    ValidAudience = "mail",
    ConfigurationManager = new ConfigurationManager<OpenIdConnectConfiguration>("metadata", new OpenIdConnectConfigurationRetriever(), entra),
};

// The verdict on a token of that key, and how often the metadata was fetched for it in the end.
async Task<string> Judge(RsaSecurityKey key)
{
    var handler = new JsonWebTokenHandler();
    var token = handler.CreateToken(new SecurityTokenDescriptor { Issuer = "entra", Audience = "mail", SigningCredentials = new(key, "RS256") });
    var before = entra.Fetches;
    var result = await handler.ValidateTokenAsync(token, validator);
    await Task.Delay(1500);
    return (result.IsValid ? "accepted" : result.Exception.Message[..8]) + "/" + (entra.Fetches - before);
}

class Entra : IDocumentRetriever
{
    readonly List<RsaSecurityKey> keys = [];
    public bool IsFailing;
    public int Fetches;

    public RsaSecurityKey Publish(string id)
    {
        keys.Add(new RsaSecurityKey(RSA.Create(2048)) { KeyId = id });
        return keys[^1];
    }

    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        await Task.Delay(100, cancel);
        if (address == "keys") return $$"""{"keys":[{{string.Join(',', keys.Select(Json))}}]}""";
        Fetches++;
        return IsFailing ? throw new IOException("500") : """{"issuer":"entra","jwks_uri":"keys"}""";
    }

    static string Json(RsaSecurityKey key)
    {
        var numbers = key.Rsa.ExportParameters(false);
        var (n, e) = (Base64UrlEncoder.Encode(numbers.Modulus), Base64UrlEncoder.Encode(numbers.Exponent));
        return $$"""{"kty":"RSA","use":"sig","kid":"{{key.KeyId}}","n":"{{n}}","e":"{{e}}"}""";
    }
}
CS
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
expect() { echo "$1: $2"; [ "$2" = "$3" ] || { echo "expected: $3"; exit 1; }; }
judge() { dotnet "out-$1/keys.dll" ${2:-} | tr '\n' ' '; }
for release in 8.23.0 7.7.3; do
  dotnet build keys.csproj -p:Release=$release -o out-$release -v quiet > build.txt || { cat build.txt; exit 1; }
done
lost="failing accepted/1 IDX10503/1 IDX10503/0 IDX10503/0 "
expect "8.23.0" "$(judge 8.23.0)" "roll-over accepted/1 IDX10503/1 accepted/0 IDX10503/0 $lost"
expect "8.23.0, blocking" "$(judge 8.23.0 blocking)" "roll-over accepted/1 accepted/1 accepted/0 IDX10503/0 $lost"
expect "7.7.3" "$(judge 7.7.3)" "roll-over accepted/1 accepted/1 accepted/0 IDX10503/0 $lost"
echo "as described"
