<#
.SYNOPSIS
Removes the hma-exporter service.
.DESCRIPTION
Stops and removes the service, its firewall rule, its event log source, its membership of groups, its rights to the logs, and the program.
Configuration, state and logs stay, so that a later installation goes on where this one ended, unless -RemoveData is given.
.PARAMETER ProgramFolder
Where the program was put.
.PARAMETER DataFolder
Where configuration, state and logs live.
.PARAMETER Account
Account of the service, as it was installed.
.PARAMETER LogFolder
Folders of logs whose read rights are taken back.
.PARAMETER RemoveData
Removes configuration, state and logs too.
.EXAMPLE
.\uninstall.ps1
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [string] $ProgramFolder = [IO.Path]::Combine([Environment]::GetFolderPath('ProgramFiles'), 'hma-exporter'),
    [string] $DataFolder = [IO.Path]::Combine([Environment]::GetFolderPath('CommonApplicationData'), 'hma-exporter'),
    [string] $Account = 'NT SERVICE\hma-exporter',
    [string[]] $LogFolder = @(),
    [switch] $RemoveData
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$Service = 'hma-exporter'

function Remove-Folder([string] $Path) {
    if ([IO.Directory]::Exists($Path) -and $PSCmdlet.ShouldProcess($Path, 'remove')) { [IO.Directory]::Delete($Path, $true) }
}

if ($null -ne (Get-Service -Name $Service -ErrorAction SilentlyContinue) -and $PSCmdlet.ShouldProcess($Service, 'stop and remove the service')) {
    Stop-Service -Name $Service
    & sc.exe delete $Service | Out-Null
    if ($LASTEXITCODE -ne 0) { throw "Cannot remove the service: sc.exe delete ended with $LASTEXITCODE" }
}
if ($PSCmdlet.ShouldProcess($Service, 'remove firewall rule, event log source, and memberships')) {
    Remove-NetFirewallRule -Name $Service -ErrorAction SilentlyContinue
    Remove-EventLog -Source $Service -ErrorAction SilentlyContinue
    if ($Account -ne 'LocalSystem') {
        foreach ($group in @('S-1-5-32-573', 'S-1-5-32-558')) { Remove-LocalGroupMember -SID $group -Member $Account -ErrorAction SilentlyContinue }
        foreach ($folder in $LogFolder) { & icacls.exe $folder /remove:g $Account /Q | Out-Null }
    }
}
Remove-Folder $ProgramFolder
if ($RemoveData) { Remove-Folder $DataFolder }
"hma-exporter is removed$(if (-not $RemoveData) { "; its data is still in $DataFolder" })"
