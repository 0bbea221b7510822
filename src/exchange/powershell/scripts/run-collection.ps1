<#
.SYNOPSIS
Runs one collection script of hma-exporter and writes its reply in a frame.

.DESCRIPTION
hma-exporter starts this script, and gives it everything in base64, so that neither code pages nor quoting matter. It writes to standard
output a marker line, the reply (or the error) as base64 of UTF-8 JSON, and another marker line; what anything else writes before the
first marker is not part of the reply. To collect by hand, run the collection script itself.

.PARAMETER Script64
Path of the collection script: base64 of UTF-8.

.PARAMETER Parameters64
The parameters of the collection script: base64 of a JSON object.

.PARAMETER Nonce
What the marker lines carry, so that no output can be taken for one.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)] [string] $Script64,
    [Parameter(Mandatory = $true)] [string] $Parameters64,
    [Parameter(Mandatory = $true)] [string] $Nonce
)

$ScriptVersion = '1.0.0'
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'

function ConvertFrom-Base64Text([string] $Base64) {
    return [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Base64))
}

function Write-Frame([string] $Outcome, [string] $Text) {
    $body = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Text))
    $frame = [Text.StringBuilder]::new($body.Length + 4096)
    [void] $frame.Append("`n#hma-begin:${Nonce}:${Outcome}`n")
    for ($at = 0; $at -lt $body.Length; $at += 8192) {
        [void] $frame.Append($body, $at, [Math]::Min(8192, $body.Length - $at)).Append("`n")
    }
    [void] $frame.Append("#hma-end:${Nonce}:$($body.Length)`n")
    [Console]::Out.Write($frame.ToString())
    [Console]::Out.Flush()
}

# An error by what names nobody, whatever the language: its type, its id and its number. A text thrown as it is becomes its own id, and the
# id of an Exchange cmdlet begins with the server: neither is kept. Errors of these scripts' own bring a sentence that names nobody.
function Get-ErrorFact($ErrorRecord) {
    $exception = $ErrorRecord.Exception
    while ($exception -is [Management.Automation.MethodInvocationException] -and $null -ne $exception.InnerException) {
        $exception = $exception.InnerException
    }
    if ($exception.Data.Contains('hma')) { return "$($exception.Data['hma'])" }
    $id = ("$($ErrorRecord.FullyQualifiedErrorId)" -replace '\[Server=[^\]]*\]', '').Trim()
    $number = '0x{0:X8}' -f $exception.HResult
    # Sample: [FailureCategory=Cmdlet-ManagementObjectNotFoundException] 8D3A1B2C,Microsoft.Exchange.Management.SystemConfigurationTasks.GetAuthServer
    if ($id.Length -gt 200 -or $id -eq "$($exception.Message)".Trim() -or $id -notmatch '^(\[\w+=[\w.-]+\])?\s*[\w.,+-]+$') { $id = 'no id' }
    return "$($exception.GetType().FullName) ($id, $number)"
}

try {
    $path = ConvertFrom-Base64Text $Script64
    $given = ConvertFrom-Json -InputObject (ConvertFrom-Base64Text $Parameters64)
    $parameters = @{}
    foreach ($property in $given.PSObject.Properties) { $parameters[$property.Name] = $property.Value }
    $output = @(& $path @parameters)
    if ($output.Count -gt 0) { Write-Frame -Outcome 'ok' -Text ([string] $output[-1]) }
    else { Write-Frame -Outcome 'failed' -Text '{"fact":"no reply"}' }
} catch {
    $failure = @{
        fact    = Get-ErrorFact $_
        version = $ScriptVersion
    }
    Write-Frame -Outcome 'failed' -Text (ConvertTo-Json -InputObject $failure -Compress)
}
