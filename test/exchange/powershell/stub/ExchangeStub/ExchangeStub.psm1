# Plays the cmdlets of Exchange and of Windows: hands out the objects of CLIXML files.
#
#   HMA_STUB_DATA   folders, by ";": the first that has GetAuthServer.xml answers Get-AuthServer
#   HMA_STUB_FAIL   commands that fail, by ";", with their arguments, "*" for any: with a text full of names
#   HMA_STUB_LOG    file that takes one line a call

function Invoke-Stub {
    [CmdletBinding()]
    param([string] $Name, [string] $Arguments = '')
    if ($env:HMA_STUB_LOG) { [IO.File]::AppendAllText($env:HMA_STUB_LOG, "$Name $Arguments".Trim() + "`n") }
    if ("$env:HMA_STUB_FAIL" -split ';' -contains "$Name $Arguments".Trim() -or "$env:HMA_STUB_FAIL" -split ';' -contains "$Name *") {
        # Not terminating, as with Exchange: without -ErrorAction Stop the caller meets an empty answer.
        $failure = [InvalidOperationException]::new("The user 'contoso.com/Users/Erika Mustermann' (CONTOSO\erika, erika@contoso.com, S-1-5-21-1-2-3-500) may not run $Name")
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
function Get-ExchangeServer { [CmdletBinding()] param() Invoke-Stub 'Get-ExchangeServer' }
function Get-PartnerApplication { [CmdletBinding()] param() Invoke-Stub 'Get-PartnerApplication' }
function Get-SettingOverride { [CmdletBinding()] param() Invoke-Stub 'Get-SettingOverride' }
function Get-HybridConfiguration { [CmdletBinding()] param() Invoke-Stub 'Get-HybridConfiguration' }
function Get-ClientAccessService { [CmdletBinding()] param() Invoke-Stub 'Get-ClientAccessService' }

function Get-MapiVirtualDirectory { [CmdletBinding()] param([switch] $ADPropertiesOnly) Invoke-Stub 'Get-MapiVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' }) }
function Get-WebServicesVirtualDirectory { [CmdletBinding()] param([switch] $ADPropertiesOnly) Invoke-Stub 'Get-WebServicesVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' }) }
function Get-OabVirtualDirectory { [CmdletBinding()] param([switch] $ADPropertiesOnly) Invoke-Stub 'Get-OabVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' }) }
function Get-AutodiscoverVirtualDirectory { [CmdletBinding()] param([switch] $ADPropertiesOnly) Invoke-Stub 'Get-AutodiscoverVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' }) }
function Get-ActiveSyncVirtualDirectory { [CmdletBinding()] param([switch] $ADPropertiesOnly) Invoke-Stub 'Get-ActiveSyncVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' }) }
function Get-OwaVirtualDirectory { [CmdletBinding()] param([switch] $ADPropertiesOnly) Invoke-Stub 'Get-OwaVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' }) }
function Get-EcpVirtualDirectory { [CmdletBinding()] param([switch] $ADPropertiesOnly) Invoke-Stub 'Get-EcpVirtualDirectory' $(if ($ADPropertiesOnly) { 'AD' }) }

function Get-ExchangeCertificate { [CmdletBinding()] param([string] $Server) Invoke-Stub 'Get-ExchangeCertificate' $Server }
function Get-ServerComponentState { [CmdletBinding()] param([string] $Identity) Invoke-Stub 'Get-ServerComponentState' $Identity }
function Get-ExchangeDiagnosticInfo { [CmdletBinding()] param([string] $Server, [string] $Process) Invoke-Stub 'Get-ExchangeDiagnosticInfo' $Server }
function Get-Mailbox { [CmdletBinding()] param([switch] $Arbitration, [switch] $IgnoreDefaultScope) Invoke-Stub 'Get-Mailbox' $(if ($IgnoreDefaultScope) { 'forest' }) }

function New-PSSession { [CmdletBinding()] param($ConfigurationName, $ConnectionUri, $Authentication, $SessionOption) Invoke-Stub 'New-PSSession' "$ConfigurationName $ConnectionUri $Authentication"; 'session' }
function New-PSSessionOption { [CmdletBinding()] param([int] $OpenTimeout, [int] $OperationTimeout) 'options' }
function Import-PSSession { [CmdletBinding()] param($Session, [string[]] $CommandName, [switch] $DisableNameChecking, [switch] $AllowClobber) Invoke-Stub 'Import-PSSession' "$Session $($CommandName.Count)" }
function Remove-PSSession { [CmdletBinding()] param($Session) Invoke-Stub 'Remove-PSSession' "$Session" }

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
    if ($ListLog) {
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
