#!/bin/sh
# Versions: Microsoft.AspNetCore.Authentication.JwtBearer 10.0.15 (NuGet), .NET SDK of the system.
# One would guess: a service that cannot fetch the metadata of its token issuer answers 500 or 503, since it can judge no token.
# Seen: it answers 401 with error="invalid_token" and error_description="The issuer '…' is invalid", with the right issuer in the quotes.
#   The same good token is accepted as soon as the metadata can be read. The answer has the form of a refused token in every part: a
#   client drops the token and asks for another one, which is refused as well.
# Why it matters: beside Exchange, add-ins' back ends and applications of the same organisation take the same users' tokens. When the
#   proxy to the metadata fails they show loops of 401, and name the issuer, while Exchange goes on with the keys it has. Do not look for
#   a wrong issuer before the server's own way to its metadata was tried.
set -eu
command -v dotnet >/dev/null || { echo "needs the .NET SDK"; exit 1; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat > service.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk.Web">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Microsoft.AspNetCore.Authentication.JwtBearer" Version="10.0.15" />
  </ItemGroup>
</Project>
XML
cat > Service.cs <<'CS'
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

var key = new RsaSecurityKey(RSA.Create(2048)) { KeyId = "current" };
var numbers = key.Rsa.ExportParameters(false);
var (n, e) = (Base64UrlEncoder.Encode(numbers.Modulus), Base64UrlEncoder.Encode(numbers.Exponent));
var isFailing = true;
await using var issuer = NewServer();
issuer.MapGet("/keys", () => new { keys = new[] { new { kty = "RSA", use = "sig", kid = key.KeyId, n, e } } });
issuer.MapGet("/.well-known/openid-configuration", (HttpRequest request) =>
    isFailing ? Results.StatusCode(502) : Results.Json(new { issuer = $"http://{request.Host}", jwks_uri = $"http://{request.Host}/keys" }));
await issuer.StartAsync();
var authority = issuer.Urls.First();

await using var service = NewServer(services => services.AddAuthorization().AddAuthentication("Bearer").AddJwtBearer(options =>
    (options.Authority, options.Audience, options.RequireHttpsMetadata) = (authority, "mail", false)));
service.UseAuthentication();
service.UseAuthorization();
service.MapGet("/", () => "served").RequireAuthorization();
await service.StartAsync();

var descriptor = new SecurityTokenDescriptor { Issuer = authority, Audience = "mail", SigningCredentials = new(key, "RS256") };
using var client = new HttpClient();
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new JsonWebTokenHandler().CreateToken(descriptor));
Console.WriteLine(await Ask());
Console.WriteLine(await Ask());
isFailing = false;
Console.WriteLine(await Ask());

async Task<string> Ask()
{
    using var answer = await client.GetAsync(service.Urls.First());
    return $"{(int)answer.StatusCode} {answer.Headers.WwwAuthenticate}".Replace(authority, "AUTHORITY").Trim();
}

static WebApplication NewServer(Action<IServiceCollection> configure = null)
{
    var builder = WebApplication.CreateBuilder();
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Logging.ClearProviders();
    configure?.Invoke(builder.Services);
    return builder.Build();
}
CS
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build service.csproj -o out -v quiet > build.txt || { cat build.txt; exit 1; }
timeout 60 dotnet out/service.dll > seen.txt
cat seen.txt
refused="401 Bearer error=\"invalid_token\", error_description=\"The issuer 'AUTHORITY' is invalid\""
printf '%s\n' "$refused" "$refused" 200 | cmp -s - seen.txt || { echo "the answers have changed"; exit 1; }
echo "as described"
