<#
.SYNOPSIS
Installs hma-exporter as a Windows service, or upgrades it in place.
.DESCRIPTION
Run it as administrator from the unpacked folder. It
  - checks the configuration with the new program before it touches anything,
  - copies the program, and keeps the one before as hma-exporter.exe.previous,
  - writes a configuration when there is none, and never changes one that is there,
  - makes the service with WinSW, under an account of its own, with recovery actions and an event log source,
  - lets that account read the logs, the event logs and the performance counters, and nothing else,
  - opens the port in the firewall for the Prometheus servers named, and for nobody else,
  - starts the service, and goes back to the program before when that does not run.
State, configuration and logs in the data folder stay as they are. -WhatIf shows what would be done.

WinSW is not part of this package: download WinSW-x64.exe (2.12 or 3) from its project, check it as your rules ask, and name it in -WinSW.
.PARAMETER WinSW
Path of WinSW-x64.exe. Not needed for an upgrade.
.PARAMETER PrometheusAddress
Addresses or networks that may scrape: 10.0.0.5, 10.1.0.0/24. Without it the exporter listens on this machine alone.
.PARAMETER Account
Account of the service. The default is a virtual account that only this service has; LocalSystem, or a group managed service account
(CONTOSO\gmsa-hma$) that may read more of the configuration: see docs/collecting.md.
.PARAMETER Port
Port of the pages and metrics.
.PARAMETER TextfileFolder
Folder of windows_exporter's textfile collector, for servers where no port may be opened.
.PARAMETER ProgramFolder
Where the program goes.
.PARAMETER DataFolder
Where configuration, state and logs live.
.PARAMETER LogFolder
Folders of logs to be read. Found by themselves: those of IIS, HTTP.sys and Exchange.
.PARAMETER WinSWSha256
Wanted SHA-256 of WinSW's program; the installation ends when it has another.
.PARAMETER WatchSeconds
How long the started service is watched before the installation is called good.
.EXAMPLE
.\install.ps1 -WinSW C:\Downloads\WinSW-x64.exe -PrometheusAddress 10.0.0.5
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [string] $WinSW = '',
    [string[]] $PrometheusAddress = @(),
    [string] $Account = 'NT SERVICE\hma-exporter',
    [int] $Port = 10401,
    [string] $TextfileFolder = '',
    [string] $ProgramFolder = [IO.Path]::Combine([Environment]::GetFolderPath('ProgramFiles'), 'hma-exporter'),
    [string] $DataFolder = [IO.Path]::Combine([Environment]::GetFolderPath('CommonApplicationData'), 'hma-exporter'),
    [string[]] $LogFolder = @(),
    [string] $WinSWSha256 = '',
    [int] $WatchSeconds = 10
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$Service = 'hma-exporter'
$Wrapper = [IO.Path]::Combine($ProgramFolder, 'hma-exporter-service.exe')
$Program = [IO.Path]::Combine($ProgramFolder, 'hma-exporter.exe')
$Config = [IO.Path]::Combine($DataFolder, 'hma-exporter.yml')
$State = [IO.Path]::Combine($DataFolder, 'state')
$Logs = [IO.Path]::Combine($DataFolder, 'log')
# Well-known groups, whatever their names in the language of this Windows: Event Log Readers, Performance Monitor Users.
$ReaderGroups = @('S-1-5-32-573', 'S-1-5-32-558')

# Runs a program; its exit code has to be one of those wanted.
function Invoke-Program([string] $File, [string[]] $Arguments, [int[]] $Wanted = @(0)) {
    if (-not $PSCmdlet.ShouldProcess("$File $Arguments")) { return }
    # In Windows PowerShell a program's word on standard error would end the script.
    $ErrorActionPreference = 'Continue'
    $output = & $File @Arguments 2>&1
    if ($Wanted -notcontains $LASTEXITCODE) { throw "Cannot run $File ${Arguments}: exit code $LASTEXITCODE, $output" }
}

function Test-Administrator {
    if ([Environment]::OSVersion.Platform -ne 'Win32NT') { return $true }
    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    return ([Security.Principal.WindowsPrincipal] $identity).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

function Get-Sha256([string] $Path) {
    $algorithm = [Security.Cryptography.SHA256]::Create()
    $stream = [IO.File]::OpenRead($Path)
    try { return [BitConverter]::ToString($algorithm.ComputeHash($stream)).Replace('-', '') }
    finally { $stream.Dispose(); $algorithm.Dispose() }
}

# A text in YAML, in single quotes.
function Get-Quoted([string] $Text) { return "'" + $Text.Replace("'", "''") + "'" }

# The folders of the sites' logs as IIS is configured; the account of the service may not read that file, so it is told.
function Get-IisLogFolder {
    $file = [IO.Path]::Combine("$env:SystemRoot", 'System32\inetsrv\config\applicationHost.config')
    if (-not [IO.File]::Exists($file)) { return @() }
    $sites = ([xml] [IO.File]::ReadAllText($file)).SelectSingleNode('/configuration/system.applicationHost/sites')
    if ($null -eq $sites) { return @() }
    $folders = @(foreach ($node in $sites.SelectNodes('siteDefaults/logFile/@directory | site/logFile/@directory')) { [Environment]::ExpandEnvironmentVariables($node.Value) })
    return @($folders | Where-Object { [IO.Directory]::Exists($_) } | Select-Object -Unique)
}

function Get-ExchangeLogFolder {
    $setup = [Microsoft.Win32.Registry]::GetValue('HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\ExchangeServer\v15\Setup', 'MsiInstallPath', '')
    if ("$setup" -eq '') { return @() }
    return @([IO.Path]::Combine($setup, 'Logging'))
}

function Get-ServiceOrNull { return Get-Service -Name $Service -ErrorAction SilentlyContinue }

function New-Configuration([string[]] $Iis) {
    $address = if ($PrometheusAddress.Count -gt 0) { ":$Port" } else { "127.0.0.1:$Port" }
    $lines = @(
        '# Every key: docs/configuration.md. Check a change with: hma-exporter check-config FILE',
        "state: $(Get-Quoted $State)",
        "web: { listenAddress: '$address' }",
        "log: { file: $(Get-Quoted ([IO.Path]::Combine($Logs, 'hma-exporter.log'))) }"
    )
    if ($Iis.Count -eq 1) { $lines += "paths: { iis: $(Get-Quoted $Iis[0]) }" }
    if ($TextfileFolder -ne '') { $lines += "textfile: { folder: $(Get-Quoted $TextfileFolder) }" }
    return ($lines -join "`r`n") + "`r`n"
}

# SYSTEM and administrators have the folders, the service reads its configuration and writes state and logs; nobody else sees them.
function Set-FolderRights {
    Invoke-Program 'icacls.exe' @($DataFolder, '/inheritance:r', '/grant:r', '*S-1-5-18:(OI)(CI)F', '*S-1-5-32-544:(OI)(CI)F', "${Account}:(OI)(CI)RX", '/Q')
    foreach ($folder in @($State, $Logs)) { Invoke-Program 'icacls.exe' @($folder, '/grant:r', "${Account}:(OI)(CI)M", '/Q') }
    if ($TextfileFolder -ne '') { Invoke-Program 'icacls.exe' @($TextfileFolder, '/grant:r', "${Account}:(OI)(CI)M", '/Q') }
}

function Set-ReadRights([string[]] $Folders) {
    foreach ($folder in $Folders) { Invoke-Program 'icacls.exe' @($folder, '/grant', "${Account}:(OI)(CI)RX", '/Q') }
    foreach ($group in $ReaderGroups) {
        if (-not $PSCmdlet.ShouldProcess($group, "add $Account")) { continue }
        try { Add-LocalGroupMember -SID $group -Member $Account -ErrorAction Stop }
        catch { if ("$($_.FullyQualifiedErrorId)" -notlike 'MemberExists*') { throw } }
    }
}

function Set-FirewallRule {
    if ($PrometheusAddress.Count -eq 0 -or -not $PSCmdlet.ShouldProcess("port $Port", "open for $PrometheusAddress")) { return }
    Remove-NetFirewallRule -Name $Service -ErrorAction SilentlyContinue
    New-NetFirewallRule -Name $Service -DisplayName 'hma-exporter (Prometheus)' -Direction Inbound -Action Allow -Protocol TCP `
        -LocalPort $Port -RemoteAddress $PrometheusAddress -Program $Program | Out-Null
}

function Set-ServiceSetting {
    # A virtual or managed account has no password.
    Invoke-Program 'sc.exe' @('config', $Service, 'obj=', $Account, 'start=', 'delayed-auto')
    Invoke-Program 'sc.exe' @('sidtype', $Service, 'unrestricted')
    # Again after 10 s, after 1 min, then every 5 min; counted anew after a day.
    Invoke-Program 'sc.exe' @('failure', $Service, 'reset=', '86400', 'actions=', 'restart/10000/restart/60000/restart/300000')
    Invoke-Program 'sc.exe' @('failureflag', $Service, '1')
    # WinSW tells there of starts, ends and failures. An upgrade finds the source registered.
    if ($PSCmdlet.ShouldProcess($Service, 'register the event log source')) { New-EventLog -LogName Application -Source $Service -ErrorAction SilentlyContinue }
}

function Copy-Program {
    if (-not $PSCmdlet.ShouldProcess($ProgramFolder, 'copy the program')) { return }
    foreach ($folder in @($ProgramFolder, [IO.Path]::Combine($ProgramFolder, 'scripts'))) { [void] [IO.Directory]::CreateDirectory($folder) }
    if ([IO.File]::Exists($Program)) { [IO.File]::Copy($Program, "$Program.previous", $true) }
    foreach ($file in [IO.Directory]::GetFiles($PSScriptRoot)) { [IO.File]::Copy($file, [IO.Path]::Combine($ProgramFolder, [IO.Path]::GetFileName($file)), $true) }
    foreach ($file in [IO.Directory]::GetFiles([IO.Path]::Combine($PSScriptRoot, 'scripts'))) {
        [IO.File]::Copy($file, [IO.Path]::Combine($ProgramFolder, 'scripts', [IO.Path]::GetFileName($file)), $true)
    }
    if ($WinSW -ne '') { [IO.File]::Copy($WinSW, $Wrapper, $true) }
    $xml = [IO.File]::ReadAllText([IO.Path]::Combine($PSScriptRoot, 'hma-exporter-service.xml'))
    $xml = $xml.Replace('@CONFIG@', [Security.SecurityElement]::Escape($Config)).Replace('@LOGS@', [Security.SecurityElement]::Escape($Logs))
    [IO.File]::WriteAllText([IO.Path]::Combine($ProgramFolder, 'hma-exporter-service.xml'), $xml)
}

# True when the service runs and goes on running: a faulty start ends within a moment.
function Start-AndWatch {
    try { Start-Service -Name $Service -ErrorAction Stop } catch { return $false }
    for ($second = 0; $second -lt $WatchSeconds; $second++) {
        [Threading.Thread]::Sleep(1000)
        if ("$((Get-ServiceOrNull).Status)" -ne 'Running') { return $false }
    }
    return $true
}

if (-not (Test-Administrator)) { throw 'Cannot install: run it as administrator' }
if ([IO.Path]::GetFullPath($PSScriptRoot) -eq [IO.Path]::GetFullPath($ProgramFolder)) { throw "Cannot install: run it from the unpacked folder, not from $ProgramFolder" }
$existing = Get-ServiceOrNull
if ($null -eq $existing -and $WinSW -eq '') { throw 'Cannot install: -WinSW has to name the program of WinSW' }
if ($WinSW -ne '' -and $WinSWSha256 -ne '' -and (Get-Sha256 $WinSW) -ne $WinSWSha256) { throw "Cannot install: $WinSW has another SHA-256 than wanted" }
$iis = @(Get-IisLogFolder)
if ([IO.File]::Exists($Config)) { Invoke-Program ([IO.Path]::Combine($PSScriptRoot, 'hma-exporter.exe')) @('check-config', $Config) }
if ($null -ne $existing -and $PSCmdlet.ShouldProcess($Service, 'stop')) { Stop-Service -Name $Service }
Copy-Program
if ($PSCmdlet.ShouldProcess($DataFolder, 'make the folders')) {
    foreach ($folder in @($DataFolder, $State, $Logs)) { [void] [IO.Directory]::CreateDirectory($folder) }
    if (-not [IO.File]::Exists($Config)) { [IO.File]::WriteAllText($Config, (New-Configuration $iis)) }
}
if ($null -eq $existing) { Invoke-Program $Wrapper @('install') }
Set-ServiceSetting
Set-FolderRights
if ($Account -ne 'LocalSystem') {
    $folders = $LogFolder
    if ($folders.Count -eq 0) { $folders = $iis + @([IO.Path]::Combine("$env:SystemRoot", 'System32\LogFiles\HTTPERR')) + @(Get-ExchangeLogFolder) }
    Set-ReadRights @($folders | Where-Object { [IO.Directory]::Exists($_) })
}
Set-FirewallRule
if ($PSCmdlet.ShouldProcess($Service, 'start') -and -not (Start-AndWatch)) {
    if (-not [IO.File]::Exists("$Program.previous")) { throw "Cannot start the service: see $Logs" }
    Stop-Service -Name $Service -ErrorAction SilentlyContinue
    [IO.File]::Copy("$Program.previous", $Program, $true)
    [void] (Start-AndWatch)
    throw "Cannot start the new program: the one before is back in place; see $Logs"
}
"hma-exporter is installed in $ProgramFolder; its configuration is $Config"
