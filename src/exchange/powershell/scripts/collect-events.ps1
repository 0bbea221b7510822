<#
.SYNOPSIS
Collects the Windows events that tell of recycled workers, of OAuth and of the AuthAdmin servicelet, as XML. Reads only.

.DESCRIPTION
hma-exporter runs this script by itself, each time with the bookmarks of the last: per channel the id and the time of the record up to which
it has read. The answer has the events since then, oldest first, and the new bookmark. The oldest record that the log still holds is in the
answer too: when it is beyond the bookmark, the log has wrapped in between.

Addresses, tokens and long texts are cut out of the events before they leave the script. Of an error its type, id and number are reported, and
no sentence.

To export events by hand, for "hma-exporter analyze", wevtutil does:

    wevtutil qe System /q:"*[System[Provider[@Name='Microsoft-Windows-WAS']]]" /f:xml > events\system.xml

Rights: the local group Event Log Readers.

.PARAMETER Bookmarks
Per channel an object with recordId and at (ISO 8601, UTC). A channel without one is read from LookbackHours ago.

.PARAMETER LookbackHours
How far back a channel without a bookmark is read.

.PARAMETER MaxEvents
Events of one channel in one answer. The rest comes with the next.
#>
[CmdletBinding()]
param(
    [object] $Bookmarks = $null,
    [double] $LookbackHours = 24,
    [int] $MaxEvents = 5000
)

$ScriptVersion = '1.0.0'
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Set-StrictMode -Version 2.0

$Channels = [ordered] @{
    'System'                                                       = @(
        'Microsoft-Windows-WAS', 'WAS', 'Service Control Manager', 'Microsoft-Windows-IIS-IISReset', 'IIS-IISReset',
        'Microsoft-Windows-Kernel-General', 'EventLog'
    )
    'Application'                                                  = @(
        'MSExchange OAuth', 'MSExchange AuthAdmin', 'MSExchange Certificate', 'MSExchange Certificate Deployment',
        'MSExchange Front End HTTPS Proxy'
    )
    'Microsoft-Exchange-ManagedAvailability/RecoveryActionResults' = @()
}
# Of these providers only some events matter; the rest would fill the answer.
$EventIds = @{
    'Service Control Manager'          = @(7036)
    'Microsoft-Windows-Kernel-General' = @(12)
    'EventLog'                         = @(6005)
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

function Get-Filter([string] $Channel, [string] $Since) {
    $providers = @($Channels[$Channel])
    if ($providers.Count -eq 0) { return "*[System[$Since]]" }
    $clauses = foreach ($provider in $providers) {
        $clause = "Provider[@Name='$provider']"
        if ($EventIds.ContainsKey($provider)) {
            $ids = @($EventIds[$provider] | ForEach-Object { "EventID=$_" }) -join ' or '
            $clause = "($clause and ($ids))"
        }
        $clause
    }
    return "*[System[($($clauses -join ' or ')) and $Since]]"
}

# Where to read on: after the record of the bookmark, or by time where there is none, or where the record of that id is another now: the
# log was cleared, its ids began anew, and it may have grown beyond the bookmark since.
function Get-Since($Bookmark, [long] $Oldest, [long] $Newest, [string] $Channel) {
    if ($null -eq $Bookmark) { return "TimeCreated[timediff(@SystemTime) <= $([long] ($LookbackHours * 3600000))]" }
    $id = [Math]::Max([long] 0, [long] $Bookmark.recordId)
    if ($id -le $Newest -and -not (Test-Renewed $Bookmark $id $Oldest $Channel)) { return "EventRecordID > $id" }
    return "TimeCreated[@SystemTime > '$(Format-Time $Bookmark.at)']"
}

# Whether the record of the bookmark's id is younger than the bookmark: then it is not the one that was read.
function Test-Renewed($Bookmark, [long] $Id, [long] $Oldest, [string] $Channel) {
    # A record that has been overwritten says nothing: the oldest one that is left was written after it.
    if ($Id -lt $Oldest -or $Id -eq 0) { return $false }
    try {
        $record = @(Get-WinEvent -LogName $Channel -FilterXPath "*[System[EventRecordID=$Id]]" -MaxEvents 1 -ErrorAction Stop)[0]
    } catch {
        if ($_.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*') { throw }
        return $true
    }
    # The bookmark's time is that of its record, or of the reading: whole seconds of a log that is written meanwhile are no proof.
    return $record.TimeCreated.ToUniversalTime() -gt ([DateTime]::Parse((Format-Time $Bookmark.at), [Globalization.CultureInfo]::InvariantCulture)).ToUniversalTime().AddSeconds(2)
}

# ConvertFrom-Json of PowerShell 7 makes times of texts that look like one.
function Format-Time($Value) {
    $instant = $Value
    if ($Value -isnot [DateTime]) {
        $styles = [Globalization.DateTimeStyles]::AdjustToUniversal -bor [Globalization.DateTimeStyles]::AssumeUniversal
        $instant = [DateTime]::Parse("$Value", [Globalization.CultureInfo]::InvariantCulture, $styles)
    }
    return $instant.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [Globalization.CultureInfo]::InvariantCulture)
}

# Event 2006 of MSExchange OAuth may hold a token, others an address: such data is emptied, its place kept.
function Get-CleanXml([string] $Xml) {
    $clean = [regex]::Replace($Xml, '(<Data(?: [^>]*)?>)([^<]*)(</Data>)', {
            param($match)
            $text = $match.Groups[2].Value
            if ($text.Length -gt 256 -or $text -match '@|eyJ|\{|%7B') { return $match.Groups[1].Value + $match.Groups[3].Value }
            return $match.Value
        })
    $clean = [regex]::Replace($clean, '(<(Context|ExceptionMessage|ThrottleParametersXml)>)[^<]*(</\2>)', '$1$3')
    $clean = [regex]::Replace($clean, '[^\s<>"''@]+@[^\s<>"''@]+', '')
    return ($clean -replace '[\r\n]+', ' ')
}

# Of the changes of state of services only those of W3SVC and WAS matter; the name stands in the binary data, in UTF-16.
function Test-Wanted([string] $Xml) {
    if ($Xml -notmatch "Name='Service Control Manager'|Name=`"Service Control Manager`"") { return $true }
    return $Xml -match '570033005300560043002F|5700410053002F|>(W3SVC|WAS|World Wide Web Publishing Service|Windows Process Activation Service)<'
}

function Read-Channel([string] $Channel) {
    $bookmark = $null
    if ($null -ne $Bookmarks) {
        $property = $Bookmarks.PSObject.Properties[$Channel]
        if ($null -ne $property) { $bookmark = $property.Value }
    }
    $log = Get-WinEvent -ListLog $Channel -ErrorAction Stop
    $count = [long] $log.RecordCount
    # An empty log has neither: its newest record is then the one before the first.
    $oldest = [Math]::Max([long] 1, [long] $log.OldestRecordNumber)
    $newest = $oldest + $count - 1
    $events = @()
    try {
        $events = @(Get-WinEvent -LogName $Channel -FilterXPath (Get-Filter $Channel (Get-Since $bookmark $oldest $newest $Channel)) -MaxEvents $MaxEvents -Oldest -ErrorAction Stop)
    } catch {
        if ($_.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*') { throw }
    }
    $isCut = $events.Count -ge $MaxEvents
    $lines = [Collections.ArrayList]::new()
    $last = $newest
    $at = [DateTime]::UtcNow
    foreach ($event in $events) {
        $xml = $event.ToXml()
        if (Test-Wanted $xml) { [void] $lines.Add((Get-CleanXml $xml)) }
        if ($isCut -or [long] $event.RecordId -gt $last) {
            $last = [long] $event.RecordId
            $at = $event.TimeCreated
        }
    }
    return [ordered] @{
        channel        = $Channel
        lines          = @($lines)
        recordId       = $last
        at             = Format-Time $at
        oldestRecordId = $oldest
        newestRecordId = $newest
        isCut          = $isCut
    }
}

$channelReplies = [Collections.ArrayList]::new()
$problems = [Collections.ArrayList]::new()
foreach ($channel in $Channels.Keys) {
    try {
        [void] $channelReplies.Add((Read-Channel $channel))
    } catch {
        [void] $problems.Add([ordered] @{ part = $channel; text = Get-ErrorFact $_ })
    }
}
ConvertTo-Json -Depth 6 -Compress -InputObject ([ordered] @{
        collectedBy = "collect-events.ps1 $ScriptVersion"
        channels    = @($channelReplies)
        errors      = @($problems)
    })
