<#
.SYNOPSIS
Installs hma-exporter as a Windows service, or upgrades it in place.
.DESCRIPTION
Run it as administrator from the unpacked folder. It
  - checks the configuration with the new program before it touches anything,
  - refuses folders that others than administrators have made or can change (anybody may make a folder in ProgramData),
  - copies the program, and keeps the one before in the folder "previous",
  - writes a configuration when there is none, and never changes one that is there,
  - makes the service with WinSW, under an account of its own, with recovery actions and an event log source,
  - lets that account read the logs, the event logs and the performance counters, and nothing else,
  - opens the port in the firewall for the Prometheus servers named, and for nobody else,
  - starts the service, and goes back to the program before when that does not run.
State, configuration and logs in the data folder stay as they are. -WhatIf shows what would be done.

WinSW is not part of this package: download WinSW-x64.exe (2.12 or 3) from its project, and name it in -WinSW and its SHA-256 in -WinSWSha256.
.PARAMETER WinSW
Path of WinSW-x64.exe. Not needed for an upgrade.
.PARAMETER WinSWSha256
SHA-256 that WinSW's program has to have, as its project or your own check of the download gives it. Needed with -WinSW.
.PARAMETER TakeOver
Takes over folders of the program and its data that others have made or can change: administrators become the owner of all that is in them, and every
other right is removed. Look at what is in them before, the configuration above all: it names programs that the service runs.
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
.PARAMETER WatchSeconds
How long the started service is watched before the installation is called good.
.EXAMPLE
.\install.ps1 -WinSW C:\Downloads\WinSW-x64.exe -WinSWSha256 (Get-Content C:\Downloads\WinSW-x64.sha256) -PrometheusAddress 10.0.0.5
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
    [int] $WatchSeconds = 10,
    [switch] $TakeOver
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$Service = 'hma-exporter'
$Wrapper = [IO.Path]::Combine($ProgramFolder, 'hma-exporter-service.exe')
$Program = [IO.Path]::Combine($ProgramFolder, 'hma-exporter.exe')
$Config = [IO.Path]::Combine($DataFolder, 'hma-exporter.yml')
$State = [IO.Path]::Combine($DataFolder, 'state')
$Logs = [IO.Path]::Combine($DataFolder, 'log')
$Previous = [IO.Path]::Combine($ProgramFolder, 'previous')
# SYSTEM, Administrators, TrustedInstaller, and the local and the domain's administrators in the short forms of security descriptors.
$Trusted = @('SY', 'BA', 'LA', 'DA', 'EA', 'S-1-5-18', 'S-1-5-32-544', 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464')
# Rights by their letters in a security descriptor, and those that change what is in a file or a folder, or whose it is.
$RightBits = @{ CC = 0x1; DC = 0x2; LC = 0x4; SW = 0x8; RP = 0x10; WP = 0x20; DT = 0x40; LO = 0x80; CR = 0x100; SD = 0x10000; RC = 0x20000; WD = 0x40000; WO = 0x80000
    FA = 0x1F01FF; FR = 0x120089; FW = 0x120116; FX = 0x1200A0; GA = 0x10000000; GX = 0x20000000; GW = 0x40000000; GR = 0 }
$WriteBits = 0x500D0156
# Those with which a folder's own entries can be removed or given to another: enough to put another folder in the place of one.
$ReplaceBits = 0x500D0040
if ([Environment]::OSVersion.Platform -eq 'Win32NT') { $Trusted += [Security.Principal.WindowsIdentity]::GetCurrent().User.Value }
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

# The folders of the sites' logs as IIS is configured; the account of the service may not read that file, so they are given to it.
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

# Who of others than administrators owns the file or folder, or has one of the rights, as a list of their ids.
function Get-Stranger([string] $Path, [long] $Bits) {
    $sddl = (Get-Acl -LiteralPath $Path).Sddl
    # Sample: O:BAG:SYD:AI(A;OICI;FA;;;SY)(A;CIID;DCLCRPCR;;;BU)
    $owner = [regex]::Match($sddl, '^O:(S-[\d-]+|[A-Z]{2})').Groups[1].Value
    if ($Trusted -notcontains $owner) { "$owner (owner)" }
    if ($sddl -notmatch 'D:[A-Z]*\(') { 'everybody (no access list)' }
    foreach ($entry in [regex]::Matches($sddl, '\(X?A;([A-Z]*);([^;]*);[^;]*;[^;]*;([^;)]+)')) {
        # CO stands for whoever makes something in it. IO: not for this folder but for what is made in it.
        if ($Trusted -contains $entry.Groups[3].Value -or $entry.Groups[3].Value -eq 'CO') { continue }
        if ($Bits -eq $ReplaceBits -and $entry.Groups[1].Value -match '^([A-Z]{2})*?IO') { continue }
        if (((Get-RightBit $entry.Groups[2].Value) -band $Bits) -ne 0) { $entry.Groups[3].Value }
    }
}

function Get-RightBit([string] $Rights) {
    if ($Rights -like '0x*') { return [Convert]::ToInt64($Rights, 16) }
    $bits = 0L
    for ($at = 0; $at + 1 -lt $Rights.Length; $at += 2) { $bits = $bits -bor [long] $RightBits[$Rights.Substring($at, 2)] }
    return $bits
}

function Assert-NoLink([string] $Path) {
    if (([int] [IO.File]::GetAttributes($Path) -band [int] [IO.FileAttributes]::ReparsePoint) -ne 0) {
        throw "Cannot install: $Path is a link to somewhere else; remove it, or name a folder of its own"
    }
}

# Ends the installation when a folder that is there already, or what is to be trusted in it, is not administrators' alone.
function Assert-Trusted([string] $Folder, [string[]] $Files) {
    for ($above = [IO.Path]::GetDirectoryName($Folder); "$above" -ne ''; $above = [IO.Path]::GetDirectoryName($above)) {
        if (-not [IO.Directory]::Exists($above)) { continue }
        $strangers = @(Get-Stranger $above $ReplaceBits)
        if ($strangers.Count -gt 0) { throw "Cannot install: $above can be changed by $($strangers -join ', '), so $Folder in it could be exchanged; choose a folder below Program Files or ProgramData" }
    }
    foreach ($path in @($Folder) + $Files) {
        if (-not [IO.Directory]::Exists($path) -and -not [IO.File]::Exists($path)) { continue }
        Assert-NoLink $path
        $strangers = @(Get-Stranger $path $WriteBits)
        if ($strangers.Count -eq 0 -or $TakeOver) { continue }
        throw "Cannot install: $path was made or can be changed by $($strangers -join ', '); look at what is in it, then remove it, or give -TakeOver"
    }
}

# A folder with all in it becomes administrators', and nobody else has a right to it. Links in it are not followed.
function Set-AdministratorRights([string] $Folder, [string[]] $More) {
    $isThere = [IO.Directory]::Exists($Folder)
    if ($PSCmdlet.ShouldProcess($Folder, 'make the folder')) { [void] [IO.Directory]::CreateDirectory($Folder) }
    Invoke-Program 'icacls.exe' @($Folder, '/setowner', '*S-1-5-32-544', '/Q')
    if ($isThere -and $TakeOver) {
        Invoke-Program 'icacls.exe' @($Folder, '/setowner', '*S-1-5-32-544', '/T', '/C', '/L', '/Q')
        Invoke-Program 'icacls.exe' @($Folder, '/reset', '/T', '/C', '/L', '/Q')
    }
    Invoke-Program 'icacls.exe' (@($Folder, '/inheritance:r', '/grant:r', '*S-1-5-18:(OI)(CI)F', '*S-1-5-32-544:(OI)(CI)F') + $More + @('/Q'))
}

# The service reads its configuration and writes state and logs; besides it and administrators nobody sees them.
function Set-FolderRights {
    Invoke-Program 'icacls.exe' @($DataFolder, '/grant:r', "${Account}:(OI)(CI)RX", '/Q')
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

# The files of a folder and of its scripts: what a version consists of.
function Copy-AllFiles([string] $From, [string] $To) {
    foreach ($part in @('', 'scripts')) {
        $source = [IO.Path]::Combine($From, $part)
        $target = [IO.Path]::Combine($To, $part)
        [void] [IO.Directory]::CreateDirectory($target)
        if (-not [IO.Directory]::Exists($source)) { continue }
        foreach ($file in [IO.Directory]::GetFiles($source)) { [IO.File]::Copy($file, [IO.Path]::Combine($target, [IO.Path]::GetFileName($file)), $true) }
    }
}

# The whole version before comes back: program, scripts and the configuration of WinSW.
function Restore-Program {
    foreach ($part in @('', 'scripts')) {
        foreach ($file in [IO.Directory]::GetFiles([IO.Path]::Combine($ProgramFolder, $part))) {
            $isOld = [IO.File]::Exists([IO.Path]::Combine([IO.Path]::Combine($Previous, $part), [IO.Path]::GetFileName($file)))
            if (-not $isOld) { [IO.File]::Delete($file) }
        }
    }
    Copy-AllFiles $Previous $ProgramFolder
}

function Copy-Program {
    if (-not $PSCmdlet.ShouldProcess($ProgramFolder, 'copy the program')) { return }
    if ([IO.Directory]::Exists($Previous)) { [IO.Directory]::Delete($Previous, $true) }
    if ([IO.File]::Exists($Program)) { Copy-AllFiles $ProgramFolder $Previous }
    Copy-AllFiles $PSScriptRoot $ProgramFolder
    if ($WinSW -ne '') {
        [IO.File]::Copy($WinSW, $Wrapper, $true)
        # What was copied is what is run: the file before may have been exchanged since it was looked at.
        if ((Get-Sha256 $Wrapper) -ne $WinSWSha256) { [IO.File]::Delete($Wrapper); throw "Cannot install: $WinSW was exchanged while it was copied" }
    }
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
if ($WinSW -ne '') {
    $hash = Get-Sha256 $WinSW
    if ($WinSWSha256 -eq '') { throw "Cannot install: -WinSWSha256 has to name the SHA-256 that WinSW's project gives for its program; that of $WinSW is $hash" }
    if ($hash -ne $WinSWSha256) { throw "Cannot install: $WinSW has another SHA-256 than wanted, $hash" }
}
$parts = if ([IO.Directory]::Exists($ProgramFolder)) { [IO.Directory]::GetFileSystemEntries($ProgramFolder) } else { @() }
Assert-Trusted $ProgramFolder $parts
Assert-Trusted $DataFolder @($Config)
foreach ($folder in @($State, $Logs)) { if ([IO.Directory]::Exists($folder)) { Assert-NoLink $folder } }
$iis = @(Get-IisLogFolder)
if ([IO.File]::Exists($Config)) { Invoke-Program ([IO.Path]::Combine($PSScriptRoot, 'hma-exporter.exe')) @('check-config', $Config) }
if ($null -ne $existing -and $PSCmdlet.ShouldProcess($Service, 'stop')) { Stop-Service -Name $Service }
# Users may read and start the program, as in Program Files, wherever it is.
Set-AdministratorRights $ProgramFolder @('*S-1-5-32-545:(OI)(CI)RX')
Copy-Program
Invoke-Program 'icacls.exe' @($ProgramFolder, '/setowner', '*S-1-5-32-544', '/T', '/L', '/Q')
Set-AdministratorRights $DataFolder @()
if ($PSCmdlet.ShouldProcess($DataFolder, 'write the configuration')) {
    foreach ($folder in @($State, $Logs)) { [void] [IO.Directory]::CreateDirectory($folder) }
    if (-not [IO.File]::Exists($Config)) { [IO.File]::WriteAllText($Config, (New-Configuration $iis)) }
}
Invoke-Program 'icacls.exe' @($Config, '/setowner', '*S-1-5-32-544', '/Q')
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
    if (-not [IO.Directory]::Exists($Previous)) { throw "Cannot start the service: see $Logs" }
    Stop-Service -Name $Service -ErrorAction SilentlyContinue
    Restore-Program
    if (-not (Start-AndWatch)) { throw "Cannot start the new program, nor the one before, which is back in place; see $Logs" }
    throw "Cannot start the new program: the one before is back in place; see $Logs"
}
"hma-exporter is installed in $ProgramFolder; its configuration is $Config"
