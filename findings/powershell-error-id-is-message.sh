#!/bin/sh
# Versions: PowerShell 7.6.9 (NuGet: System.Management.Automation), .NET SDK of the system.
# One would guess: FullyQualifiedErrorId is an identifier such as "ManagementObjectNotFoundException,Get-Mailbox", made for logs and
#   comparisons, while the words about the object that failed are in the message alone.
# Seen: for `throw 'text'` the identifier is the whole text, and for `throw [SomeException]::new('text')` it is the exception's message, not
#   its type. Only Write-Error and cmdlets give a name. CategoryInfo's TargetName is the text as well.
# Why it matters: a script that logs the identifier, or makes it a label, in order to keep mailboxes and users out of its output puts them
#   there whenever something was thrown by a script or its module. Log the type of the exception instead.
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

var state = InitialSessionState.CreateDefault2();
state.Commands.Add(new SessionStateCmdletEntry("Write-Error", typeof(WriteErrorCommand), null));
using var runspace = RunspaceFactory.CreateRunspace(state);
runspace.Open();
string Run(string script)
{
    using var shell = PowerShell.Create(runspace);
    return string.Join("", shell.AddScript(script).Invoke());
}
const string Text = "Mailbox of user01@contoso.example was not found";
var expected = new (string Script, string Seen)[]
{
    ($"try {{ throw '{Text}' }} catch {{ $_.FullyQualifiedErrorId }}", Text),
    ($"try {{ throw '{Text}' }} catch {{ $_.CategoryInfo.TargetName }}", Text),
    ($"try {{ throw [InvalidOperationException]::new('{Text}') }} catch {{ $_.FullyQualifiedErrorId }}", Text),
    ($"try {{ Write-Error '{Text}' -ErrorAction Stop }} catch {{ $_.FullyQualifiedErrorId }}",
        "Microsoft.PowerShell.Commands.WriteErrorException"),
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
