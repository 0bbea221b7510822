<#
.SYNOPSIS
Collects the performance counters "MSExchange OAuth": inbound requests and failures per app pool. Reads only.

.DESCRIPTION
hma-exporter runs this script by itself. The counters are those of the workers themselves: they start at zero with each worker, and are a
second opinion on what the logs say.

The counters are read by their WMI class, whose names are English everywhere. Where there is none, they are read by their English names
in the registry, which lead to the localised ones.

Rights: the local group Performance Monitor Users.
#>
[CmdletBinding()]
param()

$ScriptVersion = '1.0.0'
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Set-StrictMode -Version 2.0

$Category = 'MSExchange OAuth'
$Wanted = @{ InboundTotalAuthRequests = 'totalRequests'; InboundFailedAuthRequestsTotal = 'failedRequests' }

# "Inbound: Total Auth Requests" and the name that WMI makes of it are one.
# An error of this script's own: its sentence names nobody.
function New-OwnError([string] $Sentence) {
    $exception = [InvalidOperationException]::new($Sentence)
    $exception.Data['hma'] = $Sentence
    return $exception
}

function Get-PlainName([string] $Name) {
    return $Name -replace '[^A-Za-z0-9]', ''
}

# w3wp_MSExchangeServicesAppPool, with #1 where two workers of a pool overlap
function New-Instance([string] $Name) {
    return [ordered] @{ instance = $Name; pool = ($Name -replace '^w3wp_', '' -replace '#\d+$', ''); totalRequests = $null; failedRequests = $null }
}

function Read-CimCounter {
    foreach ($class in @(Get-CimClass -ClassName 'Win32_PerfRawData_MSExchangeOAuth*' -ErrorAction Stop)) {
        foreach ($row in @(Get-CimInstance -ClassName $class.CimClassName -ErrorAction Stop)) {
            $instance = New-Instance "$($row.Name)"
            foreach ($property in $row.PSObject.Properties) {
                $field = $Wanted[(Get-PlainName $property.Name)]
                if ($null -ne $field -and $null -ne $property.Value) { $instance[$field] = [long] $property.Value }
            }
            $instance
        }
    }
}

# Number and name take turns in the list.
function Read-CounterName([string] $Language) {
    $key = "HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Perflib\$Language"
    $list = @([Microsoft.Win32.Registry]::GetValue($key, 'Counter', $null))
    $names = @{}
    for ($at = 0; $at + 1 -lt $list.Count; $at += 2) { $names[$list[$at]] = $list[$at + 1] }
    return $names
}

function Read-RegistryCounter {
    $english = Read-CounterName '009'
    $local = Read-CounterName 'CurrentLanguage'
    $byLocalName = @{}
    $categoryName = $null
    foreach ($number in @($english.Keys)) {
        $name = $local[$number]
        if ($null -eq $name) { $name = $english[$number] }
        if ($english[$number] -eq $Category) { $categoryName = $name }
        $byLocalName[$name] = $english[$number]
    }
    if ($null -eq $categoryName) { throw (New-OwnError 'this server has no performance counters of MSExchange OAuth') }
    $data = [Diagnostics.PerformanceCounterCategory]::new($categoryName).ReadCategory()
    $instances = [ordered] @{}
    foreach ($counter in $data.Keys) {
        $englishName = if ($byLocalName.ContainsKey($counter)) { $byLocalName[$counter] } else { $counter }
        $field = $Wanted[(Get-PlainName $englishName)]
        if ($null -eq $field) { continue }
        foreach ($name in $data[$counter].Keys) {
            if (-not $instances.Contains($name)) { $instances[$name] = New-Instance $name }
            $instances[$name][$field] = [long] $data[$counter][$name].RawValue
        }
    }
    return @($instances.Values)
}

$source = 'wmi'
try {
    $instances = @(Read-CimCounter)
} catch {
    $instances = @()
}
if ($instances.Count -eq 0) {
    $source = 'registry'
    $instances = @(Read-RegistryCounter)
}
ConvertTo-Json -Depth 4 -Compress -InputObject ([ordered] @{
        collectedBy = "collect-counters.ps1 $ScriptVersion"
        at          = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [Globalization.CultureInfo]::InvariantCulture)
        source      = $source
        instances   = $instances
    })
