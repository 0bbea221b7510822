# Plays the cmdlets of Exchange and of Windows: hands out the objects of CLIXML files.
#
#   HMA_STUB_DATA   folders, by ";": the first that has GetAuthServer.xml answers Get-AuthServer
#   HMA_STUB_FAIL   commands that fail, by ";", with their arguments, "*" for any: with a text full of names
#   HMA_STUB_SENTENCE   another text of such a failure, base64 of UTF-8
#   HMA_STUB_LOG    file that takes one line a call
#   HMA_STUB_SERVERS, HMA_STUB_SLEEP, HMA_STUB_DEAD, HMA_STUB_DEAD_SLEEP   so many servers, milliseconds that each takes, those that do not answer, and after how long

function Write-Log([string] $Line) {
    # Several runspaces write.
    for ($attempt = 0; $attempt -lt 200; $attempt++) {
        try { [IO.File]::AppendAllText($env:HMA_STUB_LOG, "$Line`n"); return } catch { [Threading.Thread]::Sleep(5) }
    }
}

function Invoke-Stub {
    [CmdletBinding()]
    param([string] $Name, [string] $Arguments = '')
    if ($env:HMA_STUB_LOG) { Write-Log "$Name $Arguments".Trim() }
    if ($env:HMA_STUB_SLEEP -and $Arguments -match '^EX\d+$') {
        if ("$env:HMA_STUB_DEAD" -split ';' -contains $Arguments) {
            [Threading.Thread]::Sleep([int] $env:HMA_STUB_DEAD_SLEEP)
            $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new([TimeoutException]::new("The server '$Arguments' of Erika Mustermann did not answer"), '[Server=EX001,RequestId=1] StubTimeout', 'OperationTimeout', $null))
            return
        }
        [Threading.Thread]::Sleep([int] $env:HMA_STUB_SLEEP)
    }
    if ("$env:HMA_STUB_FAIL" -split ';' -contains "$Name $Arguments".Trim() -or "$env:HMA_STUB_FAIL" -split ';' -contains "$Name *") {
        # Not terminating, as with Exchange: without -ErrorAction Stop the caller meets an empty answer.
        $sentence = "The user 'contoso.com/Users/Erika Mustermann' (CONTOSO\erika, erika@contoso.com, S-1-5-21-1-2-3-500) may not run $Name"
        if ($env:HMA_STUB_SENTENCE) { $sentence = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($env:HMA_STUB_SENTENCE)) }
        $failure = [InvalidOperationException]::new($sentence)
        $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($failure, 'Stub', 'PermissionDenied', $null))
        return
    }
    $file = $Name -replace '-', ''
    foreach ($folder in "$env:HMA_STUB_DATA" -split ';') {
        $path = [IO.Path]::Combine($folder, "$file.xml")
        if ($folder -and [IO.File]::Exists($path)) {
            return [Management.Automation.PSSerializer]::Deserialize([IO.File]::ReadAllText($path))
        }
    }
}

function Get-OrganizationConfig { [CmdletBinding()] param() Invoke-Stub 'Get-OrganizationConfig' }
function Get-AuthConfig { [CmdletBinding()] param() Invoke-Stub 'Get-AuthConfig' }
function Get-AuthServer { [CmdletBinding()] param() Invoke-Stub 'Get-AuthServer' }
function Get-ExchangeServer {
    [CmdletBinding()]
    param()
    if (-not $env:HMA_STUB_SERVERS) { return Invoke-Stub 'Get-ExchangeServer' }
    for ($at = 1; $at -le [int] $env:HMA_STUB_SERVERS; $at++) {
        [PSCustomObject] @{ Name = 'EX{0:d3}' -f $at; Fqdn = ('EX{0:d3}.contoso.example' -f $at); Domain = 'contoso.example'; AdminDisplayVersion = 'Version 15.2 (Build 2562.17)'; IsMailboxServer = $true; IsEdgeServer = $false; InternetWebProxy = $null }
    }
}
function Get-PartnerApplication { [CmdletBinding()] param() Invoke-Stub 'Get-PartnerApplication' }
function Get-SettingOverride { [CmdletBinding()] param() Invoke-Stub 'Get-SettingOverride' }
function Get-AuthenticationPolicy { [CmdletBinding()] param() Invoke-Stub 'Get-AuthenticationPolicy' }
function Get-HybridConfiguration { [CmdletBinding()] param() Invoke-Stub 'Get-HybridConfiguration' }
function Get-ClientAccessService { [CmdletBinding()] param() Invoke-Stub 'Get-ClientAccessService' }

function Get-MapiVirtualDirectory { [CmdletBinding()] param([string] $Server, [switch] $ADPropertiesOnly) Invoke-Stub 'Get-MapiVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' } else { $Server }) }
function Get-WebServicesVirtualDirectory { [CmdletBinding()] param([string] $Server, [switch] $ADPropertiesOnly) Invoke-Stub 'Get-WebServicesVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' } else { $Server }) }
function Get-OabVirtualDirectory { [CmdletBinding()] param([string] $Server, [switch] $ADPropertiesOnly) Invoke-Stub 'Get-OabVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' } else { $Server }) }
function Get-AutodiscoverVirtualDirectory { [CmdletBinding()] param([string] $Server, [switch] $ADPropertiesOnly) Invoke-Stub 'Get-AutodiscoverVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' } else { $Server }) }
function Get-ActiveSyncVirtualDirectory { [CmdletBinding()] param([string] $Server, [switch] $ADPropertiesOnly) Invoke-Stub 'Get-ActiveSyncVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' } else { $Server }) }
function Get-OwaVirtualDirectory { [CmdletBinding()] param([string] $Server, [switch] $ADPropertiesOnly) Invoke-Stub 'Get-OwaVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' } else { $Server }) }
function Get-EcpVirtualDirectory { [CmdletBinding()] param([string] $Server, [switch] $ADPropertiesOnly) Invoke-Stub 'Get-EcpVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' } else { $Server }) }

function Get-ExchangeCertificate { [CmdletBinding()] param([string] $Server) Invoke-Stub 'Get-ExchangeCertificate' $Server }
function Get-ServerComponentState { [CmdletBinding()] param([string] $Identity) Invoke-Stub 'Get-ServerComponentState' $Identity }
function Get-ExchangeDiagnosticInfo { [CmdletBinding()] param([string] $Server, [string] $Process) Invoke-Stub 'Get-ExchangeDiagnosticInfo' $Server }
function Get-Mailbox { [CmdletBinding()] param([switch] $Arbitration, [switch] $IgnoreDefaultScope) Invoke-Stub 'Get-Mailbox' $(if ($IgnoreDefaultScope) { 'forest' }) }

function New-PSSession { [CmdletBinding()] param($ConfigurationName, $ConnectionUri, $Authentication, $SessionOption) Invoke-Stub 'New-PSSession' "$ConfigurationName $ConnectionUri $Authentication"; 'session' }
function New-PSSessionOption { [CmdletBinding()] param([int] $OpenTimeout, [int] $OperationTimeout) 'options' }
function Import-PSSession { [CmdletBinding()] param($Session, [string[]] $CommandName, [switch] $DisableNameChecking, [switch] $AllowClobber) Invoke-Stub 'Import-PSSession' "$Session $($CommandName.Count)" }
# A session runs what it is given, in the place of the caller.
function Invoke-Command { [CmdletBinding()] param($Session, [ScriptBlock] $ScriptBlock) Invoke-Stub 'Invoke-Command' "$Session"; & $ScriptBlock }
function Remove-PSSession { [CmdletBinding()] param($Session) Invoke-Stub 'Remove-PSSession' "$Session" }

# The engine of the tests has no Utility module.
function Select-Object {
    [CmdletBinding()]
    param([Parameter(Position = 0)] [string[]] $Property, [Parameter(ValueFromPipeline = $true)] $InputObject)
    process {
        $selected = [PSCustomObject] @{}
        foreach ($name in $Property) {
            $found = $InputObject.PSObject.Properties[$name]
            # A value of a file keeps its name as an enum only in its own property.
            if ($found -is [Management.Automation.PSNoteProperty]) { $selected.PSObject.Properties.Add($found.Copy()); continue }
            $value = $null
            if ($null -ne $found) { $value = $found.Value }
            if ($value -is [int] -and $value.PSObject.TypeNames[0] -like 'Deserialized.*') { $value = '{0}' -f $found.Value }
            $selected.PSObject.Properties.Add([Management.Automation.PSNoteProperty]::new($name, $value))
        }
        $selected
    }
}

function Get-Service { [CmdletBinding()] param([string] $Name) Invoke-Stub 'Get-Service' $Name }
function Get-CimInstance { [CmdletBinding()] param([string] $ClassName, [string] $Filter, [string[]] $Property) Invoke-Stub "Get-CimInstance-$ClassName" }
function Get-CimClass { [CmdletBinding()] param([string] $ClassName) Invoke-Stub 'Get-CimClass' }

# Events are lines "channel <tab> record id <tab> time <tab> xml" of events.tsv. The filter is logged, and applied as far as record ids go.
function Get-WinEvent {
    [CmdletBinding()]
    param([string] $ListLog, [string] $LogName, [string] $FilterXPath, [int] $MaxEvents, [switch] $Oldest)
    $channel = "$ListLog$LogName"
    Invoke-Stub 'Get-WinEvent' $(if ($ListLog) { "list $channel" } else { "$channel $FilterXPath" })
    $rows = @()
    foreach ($folder in "$env:HMA_STUB_DATA" -split ';') {
        $path = [IO.Path]::Combine($folder, 'events.tsv')
        if ($folder -and [IO.File]::Exists($path)) {
            $rows = @([IO.File]::ReadAllLines($path) | ForEach-Object { , ($_ -split "`t", 4) } | Where-Object { $_[0] -eq $channel })
            break
        }
    }
    $only = [regex]::Match($FilterXPath, 'EventRecordID=(\d+)')
    if ($only.Success) { $rows = @($rows | Where-Object { $_[1] -eq $only.Groups[1].Value }) }
    if ($ListLog) {
        # A log without a record has neither number.
        if ($rows.Count -eq 0 -and @([IO.File]::ReadAllLines($path) | Where-Object { $_.StartsWith("$channel.empty") }).Count -gt 0) {
            return [PSCustomObject] @{ LogName = $channel; OldestRecordNumber = $null; RecordCount = 0 }
        }
        if ($rows.Count -eq 0) { throw [Exception]::new("There is not an event log on the localhost computer that matches `"$channel`".") }
        return [PSCustomObject] @{ LogName = $channel; OldestRecordNumber = [long] $rows[0][1]; RecordCount = [long] $rows[-1][1] - [long] $rows[0][1] + 1 }
    }
    $after = [regex]::Match($FilterXPath, 'EventRecordID > (\d+)')
    if ($after.Success) { $rows = @($rows | Where-Object { [long] $_[1] -gt [long] $after.Groups[1].Value }) }
    $since = [regex]::Match($FilterXPath, "@SystemTime > '([^']+)'")
    if ($since.Success) { $rows = @($rows | Where-Object { $_[2] -gt $since.Groups[1].Value }) }
    $id = [regex]::Match($FilterXPath, '^\*\[System\[Provider.* and \(EventID=(\d+)\)\]\]$')
    if ($id.Success) { $rows = @($rows | Where-Object { $_[3] -match "<EventID[^>]*>$($id.Groups[1].Value)<" }) }
    if ($rows.Count -eq 0) {
        $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new([Exception]::new('No events were found that match the specified selection criteria.'), 'NoMatchingEventsFound', 'ObjectNotFound', $null))
        return
    }
    if (-not $Oldest) { [Array]::Reverse($rows) }
    foreach ($row in $rows[0..([Math]::Min($MaxEvents, $rows.Count) - 1)]) {
        $styles = [Globalization.DateTimeStyles]::AdjustToUniversal
        $found = [PSCustomObject] @{ RecordId = [long] $row[1]; TimeCreated = [DateTime]::Parse($row[2], [Globalization.CultureInfo]::InvariantCulture, $styles); Xml = $row[3] }
        $found.PSObject.Members.Add([Management.Automation.PSScriptMethod]::new('ToXml', { $this.Xml }))
        $found
    }
}
