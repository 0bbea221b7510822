<#
.SYNOPSIS
Collects the worker processes of IIS: app pool, process id, start. Reads only.

.DESCRIPTION
hma-exporter runs this script by itself. A worker with another process id than before is a recycle, also where no event tells of one.

Rights: a local administrator, without whom Windows does not show which app pool a worker serves; such workers are counted as unreadable.
#>
[CmdletBinding()]
param()

$ScriptVersion = '1.0.0'
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Set-StrictMode -Version 2.0

$workers = [Collections.ArrayList]::new()
$unreadable = 0
foreach ($process in @(Get-CimInstance -ClassName 'Win32_Process' -Filter "Name = 'w3wp.exe'" -Property 'ProcessId', 'CommandLine', 'CreationDate' -ErrorAction Stop)) {
    # c:\windows\system32\inetsrv\w3wp.exe -ap "MSExchangeOWAAppPool" -v "v4.0" -c "..."
    $match = [regex]::Match("$($process.CommandLine)", '\s-ap\s+"([^"]+)"')
    if (-not $match.Success -or $null -eq $process.CreationDate) {
        $unreadable++
        continue
    }
    [void] $workers.Add([ordered] @{
            pool      = $match.Groups[1].Value
            processId = [long] $process.ProcessId
            startedAt = $process.CreationDate.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [Globalization.CultureInfo]::InvariantCulture)
        })
}
ConvertTo-Json -Depth 4 -Compress -InputObject ([ordered] @{
        collectedBy = "collect-workers.ps1 $ScriptVersion"
        at          = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [Globalization.CultureInfo]::InvariantCulture)
        workers     = @($workers)
        unreadable  = $unreadable
    })
