#!/bin/sh
# Versions: PowerShell 7.6.9 (NuGet: System.Management.Automation and Microsoft.PowerShell.Commands.Utility), .NET SDK of the system.
# One would guess: an enum value that was saved to CLIXML, as Export-Clixml or a remote session sends it, compares and converts to
#   JSON like the enum it was: by its number, or by its name.
# Seen: it comes back as a PSObject around the number. ToString() gives the name, -eq with the name is False, and ConvertTo-Json gives
#   an object with two properties, {"value":5,"Value":"Friday"}: names that differ by case alone. A value that was saved with its text
#   only, as Exchange's identities are, becomes {}.
# Why it matters: `Where-Object { $_.Type -eq 'AzureAD' }` finds no AuthServer in a plain remote session, without an error, and most
#   JSON readers keep one of "value" and "Value". Compare names or $_.ToString(), and turn such values into text before ConvertTo-Json.
set -eu
command -v dotnet >/dev/null || { echo "needs the .NET SDK"; exit 1; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat > run.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="System.Management.Automation" Version="7.6.9" />
    <PackageReference Include="Microsoft.PowerShell.Commands.Utility" Version="7.6.9" />
  </ItemGroup>
</Project>
XML
cat > Program.cs <<'CS'
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell.Commands;

const string Identity = """
<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj RefId="0"><TN RefId="0"><T>Contoso.ObjectId</T><T>System.Object</T></TN><ToString>EX01</ToString></Obj></Objs>
""";
var state = InitialSessionState.CreateDefault2();
state.Commands.Add(new SessionStateCmdletEntry("ConvertTo-Json", typeof(ConvertToJsonCommand), null));
using var runspace = RunspaceFactory.CreateRunspace(state);
runspace.Open();
runspace.SessionStateProxy.SetVariable("day", PSSerializer.Deserialize(PSSerializer.Serialize(DayOfWeek.Friday)));
runspace.SessionStateProxy.SetVariable("id", PSSerializer.Deserialize(Identity));
string Run(string script)
{
    using var shell = PowerShell.Create(runspace);
    return string.Join("", shell.AddScript(script).Invoke());
}
var expected = new (string Script, string Seen)[]
{
    ("$day.ToString()", "Friday"),
    ("$day -eq 'Friday'", "False"),
    ("$day -eq 5", "True"),
    ("@{ d = $day } | ConvertTo-Json -Compress", """{"d":{"value":5,"Value":"Friday"}}"""),
    ("$id.ToString()", "EX01"),
    ("@{ i = $id } | ConvertTo-Json -Compress", """{"i":{}}"""),
};
bool isAsDescribed = true;
foreach (var (script, seen) in expected)
{
    string now = Run(script);
    Console.WriteLine($"{script}  =>  {now}");
    isAsDescribed &= now == seen;
}
return isAsDescribed ? 0 : 1;
CS
DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 dotnet run --project run.csproj 2>&1
echo "as described"
