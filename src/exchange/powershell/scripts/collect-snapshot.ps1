<#
.SYNOPSIS
Collects what hma-exporter needs to know of an Exchange organisation and this server, as JSON. Reads only.

.DESCRIPTION
hma-exporter runs this script by itself. Where Node.js may not run on an Exchange server, run it alone, by hand or as a scheduled task,
and let hma-exporter read the file:

    powershell -NoProfile -File collect-snapshot.ps1 -OutFile C:\hma\snapshots\snapshot-2026-11-22.json

    hma-exporter check-exchange --snapshot C:\hma\snapshots\snapshot-2026-11-22.json

It runs in Windows PowerShell 5.1 and in PowerShell 7. In a session that has the Exchange cmdlets it uses those. Otherwise it loads the
Exchange snap-in of this server (Windows PowerShell only), or, with -Server, opens a remote session by Kerberos.

Every part is read for itself. A part that cannot be read is named under "errors", with the type of its error and a text from which names
have been taken out, and the rest is collected. There is nothing in the snapshot of users, mailboxes, tokens or private keys.

Rights: the role View-Only Configuration. The IIS settings need a local administrator; the mailbox that tells which domain the AuthAdmin
servicelet works in needs View-Only Recipients. Without them these parts stand under "errors".

.PARAMETER Server
Name of the Exchange server to open a remote session to, by Kerberos, as the account that runs the script.

.PARAMETER OutFile
File to write the snapshot to, UTF-8. It appears there whole, or not at all. Without it, the snapshot goes to standard output.

.PARAMETER NoOutbound
Does not try to reach Entra ID from here: no published signing keys, no clock offset, no test of the way out.

.PARAMETER EntraHost
Host to try when the organisation has no AuthServer object of Entra ID.

.PARAMETER ApplicationHostConfig
The applicationHost.config of IIS; the one of the server by default.

.EXAMPLE
powershell -NoProfile -File collect-snapshot.ps1 -OutFile C:\hma\snapshots\snapshot-2026-11-22.json

.EXAMPLE
pwsh -NoProfile -File collect-snapshot.ps1 -Server ex01.contoso.com
#>
[CmdletBinding()]
param(
    [string] $Server = '',
    [string] $OutFile = '',
    [switch] $NoOutbound,
    [string] $EntraHost = 'login.microsoftonline.com',
    [string] $ApplicationHostConfig = ''
)

$ScriptVersion = '1.0.0'
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
Set-StrictMode -Version 2.0

$ExchangeCommands = @(
    'Get-OrganizationConfig', 'Get-AuthConfig', 'Get-AuthServer', 'Get-ExchangeServer', 'Get-PartnerApplication', 'Get-SettingOverride',
    'Get-HybridConfiguration', 'Get-MapiVirtualDirectory', 'Get-WebServicesVirtualDirectory', 'Get-OabVirtualDirectory',
    'Get-AutodiscoverVirtualDirectory', 'Get-ActiveSyncVirtualDirectory', 'Get-OwaVirtualDirectory', 'Get-EcpVirtualDirectory',
    'Get-ClientAccessService', 'Get-ExchangeCertificate', 'Get-ServerComponentState', 'Get-ExchangeDiagnosticInfo', 'Get-Mailbox'
)
$VirtualDirectoryProperties = @(
    'InternalUrl', 'ExternalUrl', 'IISAuthenticationMethods', 'InternalAuthenticationMethods', 'ExternalAuthenticationMethods'
)
# What Exchange reads from IIS. Where it could not ask IIS, it says false whatever is the case.
$VirtualDirectoryFlags = @(
    'OAuthAuthentication', 'BasicAuthentication', 'FormsAuthentication', 'DigestAuthentication', 'AdfsAuthentication', 'WindowsAuthentication'
)
$HttpTimeoutMs = 10000
$MetadataLimit = 4194304

$snapshot = [ordered] @{
    snapshotVersion = 1
    at              = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [Globalization.CultureInfo]::InvariantCulture)
    collectedBy     = "collect-snapshot.ps1 $ScriptVersion"
    server          = [Environment]::MachineName
}
$problems = [Collections.ArrayList]::new()
$session = $null

# ---- Values -------------------------------------------------------------------------------------------------------------------------

# Texts of errors name users, mailboxes and folders: what stands in quotes, and what looks like a name, is taken out.
function Get-ScrubbedText([string] $Text) {
    $clean = $Text -replace "[`"'\u2018-\u201F\u00AB\u00BB][^`"'\u2018-\u201F\u00AB\u00BB]*[`"'\u2018-\u201F\u00AB\u00BB]", '"..."'
    $clean = $clean -replace '[^\s@]+@[^\s@]+', '...'
    $clean = $clean -replace '[^\s\\]*(\\[^\s\\]+)+', '...'
    $clean = $clean -replace '\S+/\S*', '...'
    $clean = $clean -replace 'S-1-\d+(-\d+)+', '...'
    $clean = ($clean -replace '[\x00-\x1F\x7F-\x9F]+', ' ').Trim()
    if ($clean.Length -gt 200) { $clean = $clean.Substring(0, 200) }
    return $clean
}

function Add-Problem([string] $Part, [string] $Text) {
    [void] $problems.Add([ordered] @{ part = $Part; text = $Text })
}

function Add-ErrorProblem([string] $Part, [string] $Where, $ErrorRecord) {
    $exception = $ErrorRecord.Exception
    while ($exception -is [Management.Automation.MethodInvocationException] -and $null -ne $exception.InnerException) {
        $exception = $exception.InnerException
    }
    Add-Problem $Part "$Where$($exception.GetType().FullName): $(Get-ScrubbedText $exception.Message)"
}

# Runs the reader of a part and keeps what it gives. A reader of a list gives a list, whatever its length.
function Read-Part([string] $Part, [ScriptBlock] $Reader) {
    try {
        $value = & $Reader
        # ConvertTo-Json of Windows PowerShell writes a list that is wrapped as an object as { "value": [...], "Count": n }.
        if ($value -is [Array]) { $value = $value.PSObject.BaseObject }
        $snapshot[$Part] = $value
    } catch {
        Add-ErrorProblem $Part '' $_
    }
}

function Read-ExchangePart([string] $Part, [ScriptBlock] $Reader) {
    if ($null -eq $connectionProblem) { Read-Part $Part $Reader } else { Add-Problem $Part $connectionProblem }
}

function Format-Instant([DateTime] $Instant) {
    $utc = $Instant
    if ($Instant.Kind -eq [DateTimeKind]::Local) { $utc = $Instant.ToUniversalTime() }
    return $utc.ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [Globalization.CultureInfo]::InvariantCulture)
}

# The text of a value. An enum that has crossed a remote session is a number with a name: interpolation gives the number, -f the name.
function Get-Text($Value) {
    if ($null -eq $Value) { return '' }
    return '{0}' -f $Value
}

# A value as JSON can hold it: numbers, flags and null as they are, times in UTC, lists of texts, and texts.
function ConvertTo-Plain($Value) {
    if ($null -eq $Value) { return $null }
    if ($Value -is [bool]) { return [bool] $Value }
    if ($Value -is [DateTime]) { return Format-Instant $Value }
    if ($Value -isnot [string] -and $Value -is [Collections.IEnumerable]) { return , @(foreach ($item in $Value) { Get-Text $item }) }
    if (($Value -is [int] -or $Value -is [long]) -and $Value.PSObject.TypeNames[0] -notlike 'Deserialized.*') { return [long] $Value }
    return Get-Text $Value
}

# The named properties of an object; those that it lacks are left out, so that "not known" and "blank" stay apart.
function Select-Known($Object, [string[]] $Names) {
    $known = [ordered] @{}
    foreach ($name in $Names) {
        $property = $Object.PSObject.Properties[$name]
        if ($null -eq $property) { continue }
        $value = ConvertTo-Plain $property.Value
        if ($value -is [Array]) { $value = $value.PSObject.BaseObject }
        $known[$name] = $value
    }
    return $known
}

function Get-ShortName([string] $Name) {
    return ($Name -split '\.')[0].ToUpperInvariant()
}

# ---- Connection ---------------------------------------------------------------------------------------------------------------------

function Connect-Exchange {
    if ($Server -ne '') {
        $options = New-PSSessionOption -OpenTimeout 30000 -OperationTimeout 120000
        $script:session = New-PSSession -ConfigurationName 'Microsoft.Exchange' -ConnectionUri "http://$Server/PowerShell/" `
            -Authentication Kerberos -SessionOption $options -ErrorAction Stop
        [void] (Import-PSSession -Session $script:session -CommandName $ExchangeCommands -DisableNameChecking -AllowClobber -ErrorAction Stop)
        return
    }
    if ($null -ne (Get-Command -Name 'Get-OrganizationConfig' -ErrorAction SilentlyContinue)) { return }
    if ($null -eq (Get-Command -Name 'Add-PSSnapin' -ErrorAction SilentlyContinue)) {
        throw [InvalidOperationException]::new('This PowerShell has no snap-ins, use Windows PowerShell or the parameter Server')
    }
    Add-PSSnapin -Name 'Microsoft.Exchange.Management.PowerShell.SnapIn' -ErrorAction Stop
}

# The commands of a remote session do not know this script's preferences: each call says itself that an error ends it. Else a part that
# could not be read would look like an empty one.

# ---- Organisation -------------------------------------------------------------------------------------------------------------------

function Read-HybridConfiguration {
    return @(Get-HybridConfiguration -ErrorAction Stop | ForEach-Object { Select-Known $_ @('Name', 'Features', 'Domains') })
}

function Read-PartnerApplication {
    foreach ($application in @(Get-PartnerApplication -ErrorAction Stop)) {
        $known = Select-Known $application @('Name', 'ApplicationIdentifier', 'Enabled', 'UseAuthServer', 'AuthMetadataUrl', 'Realm')
        # The name of Exchange's own application accounts is fixed; any other account's is nobody's business.
        $account = Get-Text $application.LinkedAccount
        if ($account -eq '') { $known['LinkedAccount'] = '' }
        elseif ($account -match '/Users/(Exchange Online-ApplicationAccount)$') { $known['LinkedAccount'] = $account }
        else { $known['LinkedAccount'] = '(another account)' }
        $known
    }
}

function Read-SettingOverride {
    foreach ($override in @(Get-SettingOverride -ErrorAction Stop)) {
        if ((Get-Text $override.SectionName) -eq 'ExchangeOnpremAsThirdPartyAppId') {
            Select-Known $override @('Name', 'ComponentName', 'SectionName', 'Parameters')
        }
    }
}

function Read-ExchangeServer {
    foreach ($exchangeServer in @(Get-ExchangeServer -ErrorAction Stop)) {
        $known = Select-Known $exchangeServer @(
            'Name', 'Fqdn', 'Domain', 'AdminDisplayVersion', 'IsMailboxServer', 'IsEdgeServer', 'InternetWebProxy'
        )
        if ((Get-ShortName "$($exchangeServer.Name)") -eq $snapshot['server']) {
            $version = Read-SetupVersion
            if ($null -ne $version) { $known['ExSetupVersion'] = $version }
        }
        $known
    }
}

# Version of ExSetup.exe, which shows the security update; null where it cannot be read.
function Read-SetupVersion {
    try {
        $folder = "$env:ExchangeInstallPath"
        if ($Server -ne '' -or $folder -eq '') { return $null }
        return [Diagnostics.FileVersionInfo]::GetVersionInfo([IO.Path]::Combine($folder, 'bin', 'ExSetup.exe')).FileVersion
    } catch {
        return $null
    }
}

function Read-ActiveDirectory {
    $known = [ordered] @{}
    $name = "$((Get-OrganizationConfig -ErrorAction Stop).DistinguishedName)"
    if ($name -match ',DC=') { $known['RootDomain'] = Get-DomainOfName $name }
    try {
        $domain = Read-ArbitrationDomain
        if ($null -ne $domain) { $known['ArbitrationMailboxDomain'] = $domain }
    } catch {
        Add-ErrorProblem 'activeDirectory' 'arbitration mailbox: ' $_
    }
    return $known
}

# The domain of the arbitration mailbox whose server runs AuthAdmin; of the mailbox itself nothing is kept.
function Read-ArbitrationDomain {
    $capability = { "$($_.PersistedCapabilities)" -like '*OrganizationCapabilityManagement*' }
    $found = @(Get-Mailbox -Arbitration -ErrorAction SilentlyContinue | Where-Object $capability)
    if ($found.Count -eq 0) { $found = @(Get-Mailbox -Arbitration -IgnoreDefaultScope -ErrorAction Stop | Where-Object $capability) }
    if ($found.Count -eq 0) { return $null }
    return Get-DomainOfName "$($found[0].DistinguishedName)"
}

# "CN=x,DC=contoso,DC=com" -> "contoso.com"
function Get-DomainOfName([string] $DistinguishedName) {
    $parts = @([regex]::Matches($DistinguishedName, '(?:^|,)DC=([^,]+)') | ForEach-Object { $_.Groups[1].Value })
    return $parts -join '.'
}

# ---- Servers ------------------------------------------------------------------------------------------------------------------------

# $All reads from IIS too, $FromDirectory from Active Directory alone: for those servers whose IIS did not answer.
function Read-VirtualDirectory([string] $Kind, [ScriptBlock] $All, [ScriptBlock] $FromDirectory) {
    $seen = @{}
    $failures = @()
    try {
        $failures = @(& $All 6>$null 2>&1 | ForEach-Object {
                if ($_ -is [Management.Automation.ErrorRecord]) { return $_ }
                $known = Select-Known $_ ($VirtualDirectoryProperties + $VirtualDirectoryFlags)
                Complete-VirtualDirectory $known $_
                $seen[$known['Identity']] = $known
            })
    } catch {
        $failures = @($_)
    }
    if ($failures.Count -gt 0) {
        Add-ErrorProblem 'virtualDirectories' "${Kind}: without the settings of IIS: " $failures[0]
        foreach ($directory in @(& $FromDirectory)) {
            $known = Select-Known $directory $VirtualDirectoryProperties
            Complete-VirtualDirectory $known $directory
            if (-not $seen.ContainsKey($known['Identity'])) { $seen[$known['Identity']] = $known }
        }
    }
    return @($seen.Keys | ForEach-Object { "$_" } | Sort-Text | ForEach-Object { $seen[$_] })
}

function Sort-Text {
    $texts = [string[]] @($input)
    [Array]::Sort($texts, [StringComparer]::OrdinalIgnoreCase)
    return $texts
}

function Complete-VirtualDirectory($Known, $Directory) {
    $Known['Server'] = Get-Text $Directory.Server
    $identity = Get-Text $Directory.Identity
    # Over a remote session the identity may be the distinguished name: server and name tell the same.
    if ($identity -notmatch '\\') { $identity = "$($Directory.Server)\$($Directory.Name)" }
    $Known['Identity'] = $identity
}

function Read-AllVirtualDirectory {
    $readers = [ordered] @{
        mapi         = @({ Get-MapiVirtualDirectory -ErrorAction Continue }, { Get-MapiVirtualDirectory -ADPropertiesOnly -ErrorAction Stop })
        webServices  = @({ Get-WebServicesVirtualDirectory -ErrorAction Continue }, { Get-WebServicesVirtualDirectory -ADPropertiesOnly -ErrorAction Stop })
        oab          = @({ Get-OabVirtualDirectory -ErrorAction Continue }, { Get-OabVirtualDirectory -ADPropertiesOnly -ErrorAction Stop })
        autodiscover = @({ Get-AutodiscoverVirtualDirectory -ErrorAction Continue }, { Get-AutodiscoverVirtualDirectory -ADPropertiesOnly -ErrorAction Stop })
        activeSync   = @({ Get-ActiveSyncVirtualDirectory -ErrorAction Continue }, { Get-ActiveSyncVirtualDirectory -ADPropertiesOnly -ErrorAction Stop })
        owa          = @({ Get-OwaVirtualDirectory -ErrorAction Continue }, { Get-OwaVirtualDirectory -ADPropertiesOnly -ErrorAction Stop })
        ecp          = @({ Get-EcpVirtualDirectory -ErrorAction Continue }, { Get-EcpVirtualDirectory -ADPropertiesOnly -ErrorAction Stop })
    }
    $directories = [ordered] @{}
    foreach ($kind in $readers.Keys) {
        try {
            $directories[$kind] = @(Read-VirtualDirectory $kind $readers[$kind][0] $readers[$kind][1])
        } catch {
            Add-ErrorProblem 'virtualDirectories' "${kind}: " $_
        }
    }
    return $directories
}

# Names of the servers whose parts are asked for one by one.
function Get-ServerName {
    if (-not $snapshot.Contains('exchangeServers')) { return }
    foreach ($known in $snapshot['exchangeServers']) {
        if ($known['IsEdgeServer'] -ne $true) { $known['Name'] }
    }
}

# Reads a list from every server; a server that does not answer is told, and the others are read.
function Read-PerServer([string] $Part, [ScriptBlock] $Reader) {
    $failed = 0
    $names = @(Get-ServerName)
    foreach ($name in $names) {
        try {
            & $Reader $name
        } catch {
            $failed++
            Add-ErrorProblem $Part "${name}: " $_
        }
    }
    if ($names.Count -gt 0 -and $failed -eq $names.Count) { throw [InvalidOperationException]::new('No server answered') }
}

function Read-Certificate([string] $Name) {
    foreach ($certificate in @(Get-ExchangeCertificate -Server $Name -ErrorAction Stop)) {
        $known = Select-Known $certificate @('Thumbprint', 'NotAfter', 'HasPrivateKey')
        # A certificate that has crossed a remote session is made anew from its public part: that it has no private key says nothing then.
        if ($certificate.GetType().FullName -eq 'System.Security.Cryptography.X509Certificates.X509Certificate2' -and -not $certificate.HasPrivateKey) {
            $known.Remove('HasPrivateKey')
        }
        $known['Server'] = $Name
        $known
    }
}

function Read-ComponentState([string] $Name) {
    foreach ($component in @(Get-ServerComponentState -Identity $Name -ErrorAction Stop)) {
        $known = Select-Known $component @('Component', 'State')
        $known['Server'] = $Name
        $known
    }
}

# ---- AuthAdmin ----------------------------------------------------------------------------------------------------------------------

function Read-AuthAdmin {
    $known = [ordered] @{}
    $newest = $null
    foreach ($name in @(Get-ServerName)) {
        try {
            $ran = Read-AuthAdminRun $name
            if ($null -ne $ran -and ($null -eq $newest -or $ran -gt $newest)) { $newest = $ran }
        } catch {
            Add-ErrorProblem 'authAdmin' "${name}: " $_
        }
    }
    if ($null -ne $newest) { $known['LastRunUtc'] = Format-Instant $newest }
    return $known
}

# When the AuthAdmin servicelet of the server ran last; null when it does not run there.
function Read-AuthAdminRun([string] $Name) {
    $answer = Get-ExchangeDiagnosticInfo -Server $Name -Process 'Microsoft.Exchange.ServiceHost' -ErrorAction Stop
    $text = "$answer"
    if ($answer.PSObject.Properties['Result']) { $text = "$($answer.Result)" }
    $newest = $null
    foreach ($node in (ConvertTo-SafeXml $text).SelectNodes('//AnchorServiceComponents/CacheScheduler/lastRunTime')) {
        $styles = [Globalization.DateTimeStyles]::AdjustToUniversal -bor [Globalization.DateTimeStyles]::AssumeUniversal
        $ran = [DateTime]::MinValue
        if ([DateTime]::TryParse($node.InnerText, [Globalization.CultureInfo]::InvariantCulture, $styles, [ref] $ran)) {
            if ($ran.Year -gt 2000 -and ($null -eq $newest -or $ran -gt $newest)) { $newest = $ran }
        }
    }
    return $newest
}

function Read-AuthAdminEvent {
    foreach ($pair in @(@('LastCompletedUtc', 2015), @('LastUpdatedUtc', 2013))) {
        $filter = "*[System[Provider[@Name='MSExchange AuthAdmin'] and (EventID=$($pair[1]))]]"
        try {
            $newest = @(Get-WinEvent -LogName 'Application' -FilterXPath $filter -MaxEvents 1 -ErrorAction Stop)[0]
        } catch {
            if ($_.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*') { throw }
            continue
        }
        if (-not $snapshot.Contains('authAdmin')) { $snapshot['authAdmin'] = [ordered] @{} }
        $snapshot['authAdmin'][$pair[0]] = Format-Instant $newest.TimeCreated.ToUniversalTime()
    }
}

# ---- IIS ----------------------------------------------------------------------------------------------------------------------------

# No document type, no external entity is followed.
function ConvertTo-SafeXml([string] $Text) {
    $settings = [Xml.XmlReaderSettings]::new()
    $settings.DtdProcessing = [Xml.DtdProcessing]::Prohibit
    $settings.XmlResolver = $null
    $reader = [Xml.XmlReader]::Create([IO.StringReader]::new($Text), $settings)
    $document = [Xml.XmlDocument]::new()
    $document.XmlResolver = $null
    $document.Load($reader)
    return , $document
}

function Get-IisConfigurationPath {
    if ($ApplicationHostConfig -ne '') { return $ApplicationHostConfig }
    if ($Server -eq '') { return "$env:windir\System32\inetsrv\config\applicationHost.config" }
    return "\\$Server\admin$\System32\inetsrv\config\applicationHost.config"
}

# What IIS does where its configuration says nothing differs from version to version: the schema beside the configuration tells. "" when it
# cannot be read.
function Read-RecycleLogDefault {
    try {
        $folder = [IO.Path]::GetDirectoryName((Get-IisConfigurationPath))
        $schema = ConvertTo-SafeXml ([IO.File]::ReadAllText([IO.Path]::Combine($folder, 'schema', 'IIS_schema.xml')))
        return $schema.SelectSingleNode("//element[@name='recycling']/attribute[@name='logEventOnRecycle']").GetAttribute('defaultValue')
    } catch {
        return ''
    }
}

# The attribute of the first of the nodes that has it, then the default.
function Get-Setting($Nodes, [string] $Attribute, [string] $Default) {
    foreach ($node in $Nodes) {
        if ($null -ne $node -and $node.HasAttribute($Attribute)) { return $node.GetAttribute($Attribute) }
    }
    return $Default
}

function Read-AppPool($Iis) {
    $recycleLogDefault = Read-RecycleLogDefault
    $root = '/configuration/system.applicationHost/applicationPools'
    $defaults = $Iis.SelectSingleNode("$root/applicationPoolDefaults/recycling")
    $defaultRestart = $Iis.SelectSingleNode("$root/applicationPoolDefaults/recycling/periodicRestart")
    foreach ($pool in $Iis.SelectNodes("$root/add[starts-with(@name, 'MSExchange')]")) {
        $restarts = @($pool.SelectSingleNode('recycling/periodicRestart'), $defaultRestart)
        $known = [ordered] @{
            Server                       = $snapshot['server']
            Name                         = $pool.GetAttribute('name')
            periodicRestartTime          = Get-Setting $restarts 'time' '1.05:00:00'
            periodicRestartRequests      = [long] (Get-Setting $restarts 'requests' '0')
            periodicRestartMemory        = [long] (Get-Setting $restarts 'memory' '0')
            periodicRestartPrivateMemory = [long] (Get-Setting $restarts 'privateMemory' '0')
            periodicRestartSchedule      = @($pool.SelectNodes('recycling/periodicRestart/schedule/add') | ForEach-Object { $_.GetAttribute('value') })
        }
        $recycleLog = Get-Setting @($pool.SelectSingleNode('recycling'), $defaults) 'logEventOnRecycle' $recycleLogDefault
        if ($recycleLog -ne '') { $known['logEventOnRecycle'] = $recycleLog }
        $known
    }
}

function Read-IisLog($Iis) {
    $flagsDefault = 'Date, Time, ClientIP, UserName, ServerIP, Method, UriStem, UriQuery, HttpStatus, Win32Status, TimeTaken, ServerPort, UserAgent, Referer, HttpSubStatus'
    $root = '/configuration/system.applicationHost/sites'
    $defaults = $Iis.SelectSingleNode("$root/siteDefaults/logFile")
    foreach ($site in $Iis.SelectNodes("$root/site")) {
        $settings = @($site.SelectSingleNode('logFile'), $defaults)
        [ordered] @{
            Server                  = $snapshot['server']
            Site                    = $site.GetAttribute('name')
            enabled                 = (Get-Setting $settings 'enabled' 'true') -eq 'true'
            logFormat               = Get-Setting $settings 'logFormat' 'W3C'
            logExtFileFlags         = Get-Setting $settings 'logExtFileFlags' $flagsDefault
            flushByEntryCountW3CLog = [long] (Get-Setting $settings 'flushByEntryCountW3CLog' '0')
            customFields            = @($site.SelectNodes('logFile/customFields/add') | ForEach-Object { $_.GetAttribute('sourceName') })
        }
    }
}

# IIS access flags in force at the front end of this server: those of the directory, else of the site, else of the server.
function Add-SslFlag($Iis) {
    if (-not $snapshot.Contains('virtualDirectories')) { return }
    $byPath = @{}
    foreach ($node in $Iis.SelectNodes("//location[@path]/system.webServer/security/access[@sslFlags]")) {
        $byPath[$node.SelectSingleNode('ancestor::location').GetAttribute('path')] = $node.GetAttribute('sslFlags')
    }
    $base = $Iis.SelectSingleNode('/configuration/system.webServer/security/access[@sslFlags]')
    if ($null -ne $base -and -not $byPath.ContainsKey('')) { $byPath[''] = $base.GetAttribute('sslFlags') }
    foreach ($directory in @($snapshot['virtualDirectories'].Values | ForEach-Object { $_ })) {
        # EX01\EWS (Default Web Site)
        $match = [regex]::Match("$($directory['Identity'])", '^([^\\]+)\\(.+) \((.+)\)$')
        if (-not $match.Success -or (Get-ShortName $match.Groups[1].Value) -ne $snapshot['server']) { continue }
        $path = "$($match.Groups[3].Value)/$($match.Groups[2].Value)"
        while (-not $byPath.ContainsKey($path) -and $path -ne '') {
            $cut = $path.LastIndexOf('/')
            if ($cut -lt 0) { $path = '' } else { $path = $path.Substring(0, $cut) }
        }
        $directory['sslFlags'] = if ($byPath.ContainsKey($path)) { $byPath[$path] } else { 'None' }
    }
}

function Read-Iis {
    $iis = $null
    try {
        $iis = ConvertTo-SafeXml ([IO.File]::ReadAllText((Get-IisConfigurationPath)))
    } catch {
        foreach ($part in @('appPools', 'iisLogs')) { Add-ErrorProblem $part 'applicationHost.config: ' $_ }
        return
    }
    Read-Part 'appPools' { , @(Read-AppPool $iis) }
    Read-Part 'iisLogs' { , @(Read-IisLog $iis) }
    try { Add-SslFlag $iis } catch { Add-ErrorProblem 'virtualDirectories' 'sslFlags: ' $_ }
}

# ---- The way out --------------------------------------------------------------------------------------------------------------------

# One request over TLS, by the proxy of this server where Exchange has one. Throws when the host is not reached.
function Read-Url([string] $Url, [string] $Method) {
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $request = [Net.WebRequest]::Create($Url)
    $request.Method = $Method
    $request.Timeout = $HttpTimeoutMs
    $request.ReadWriteTimeout = $HttpTimeoutMs
    $request.AllowAutoRedirect = $false
    $proxy = Get-WebProxy
    if ($proxy -ne '') { $request.Proxy = [Net.WebProxy]::new($proxy) }
    $before = [DateTime]::UtcNow
    try {
        $response = $request.GetResponse()
    } catch [Net.WebException] {
        # An answer that says no is an answer.
        $response = $_.Exception.Response
        if ($null -eq $response) { throw }
    }
    return @{ Response = $response; At = $before.AddTicks(([DateTime]::UtcNow - $before).Ticks / 2) }
}

function Read-Body($Response) {
    $stream = $Response.GetResponseStream()
    $body = [IO.MemoryStream]::new()
    $part = [byte[]]::new(65536)
    for ($count = $stream.Read($part, 0, $part.Length); $count -gt 0; $count = $stream.Read($part, 0, $part.Length)) {
        $body.Write($part, 0, $count)
        if ($body.Length -gt $MetadataLimit) { throw [IO.InvalidDataException]::new("The answer is larger than $MetadataLimit bytes") }
    }
    return [Text.Encoding]::UTF8.GetString($body.ToArray()).TrimStart([char] 0xFEFF)
}

# InternetWebProxy of this server; "" when it has none.
function Get-WebProxy {
    if (-not $snapshot.Contains('exchangeServers')) { return '' }
    foreach ($known in $snapshot['exchangeServers']) {
        if ((Get-ShortName "$($known['Name'])") -eq $snapshot['server']) { return "$($known['InternetWebProxy'])" }
    }
    return ''
}

# Signing certificates of federation metadata: thumbprint and expiry.
function Read-MetadataKey([string] $Text) {
    $seen = @{}
    $path = "//*[local-name()='KeyDescriptor'][@use='signing']//*[local-name()='X509Certificate']"
    foreach ($node in (ConvertTo-SafeXml $Text).SelectNodes($path)) {
        $certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::new([Convert]::FromBase64String($node.InnerText.Trim()))
        if ($seen.ContainsKey($certificate.Thumbprint)) { continue }
        $seen[$certificate.Thumbprint] = $true
        [ordered] @{ Thumbprint = $certificate.Thumbprint; NotAfter = Format-Instant $certificate.NotAfter.ToUniversalTime() }
    }
}

function Get-ClockOffset($Answer, [string] $HostName) {
    $date = [DateTime]::MinValue
    $styles = [Globalization.DateTimeStyles]::AdjustToUniversal -bor [Globalization.DateTimeStyles]::AssumeUniversal
    $isRead = [DateTime]::TryParseExact("$($Answer['Response'].Headers['Date'])", 'r', [Globalization.CultureInfo]::InvariantCulture, $styles, [ref] $date)
    if (-not $isRead) { return }
    # The header knows whole seconds: on average it is half a second behind.
    $offset = [Math]::Round(($Answer['At'] - $date).TotalSeconds - 0.5, 1)
    return [ordered] @{ Server = [Environment]::MachineName.ToUpperInvariant(); OffsetSeconds = $offset; Reference = $HostName }
}

# [name of the AuthServer, URL] of every place that user tokens of this organisation are signed at.
function Get-MetadataPlace {
    if (-not $snapshot.Contains('authServers')) { return }
    foreach ($known in $snapshot['authServers']) {
        if ("$($known['Type'])" -ne 'AzureAD' -or $known['Enabled'] -eq $false) { continue }
        if ("$($known['AuthMetadataUrl'])" -match '^https://') { , @("$($known['Name'])", "$($known['AuthMetadataUrl'])") }
    }
}

function Read-Outbound {
    $places = @(Get-MetadataPlace)
    $method = 'GET'
    if ($places.Count -eq 0) {
        $places = @(, @('', "https://$EntraHost/"))
        $method = 'HEAD'
    }
    $keys = [Collections.ArrayList]::new()
    $clock = $null
    $reachable = [ordered] @{}
    foreach ($place in $places) {
        $hostName = ([Uri] $place[1]).Host
        $answer = $null
        try {
            $answer = Read-Url $place[1] $method
            $reachable[$hostName] = $true
            if ($null -eq $clock) { $clock = Get-ClockOffset $answer $hostName }
            if ($method -eq 'GET' -and [int] $answer['Response'].StatusCode -eq 200) {
                [void] $keys.Add([ordered] @{ Issuer = $place[0]; Url = $place[1]; Keys = @(Read-MetadataKey (Read-Body $answer['Response'])) })
            }
        } catch {
            if (-not $reachable.Contains($hostName)) { $reachable[$hostName] = $false }
            Add-ErrorProblem 'outbound' "${hostName}: " $_
        } finally {
            if ($null -ne $answer) { $answer['Response'].Close() }
        }
    }
    if ($keys.Count -gt 0) { $snapshot['keys'] = @($keys) }
    if ($null -ne $clock) { $snapshot['clock'] = @($clock) }
    $snapshot['outbound'] = @($reachable.Keys | ForEach-Object {
            [ordered] @{ Server = [Environment]::MachineName.ToUpperInvariant(); Host = $_; Reachable = $reachable[$_] }
        })
}

# ---- Main ---------------------------------------------------------------------------------------------------------------------------

# The file appears whole or not at all: whoever reads the folder must not meet half a snapshot.
function Save-Snapshot([string] $Json) {
    $path = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($OutFile)
    $temporary = "$path.$([Guid]::NewGuid().ToString('N')).tmp"
    [IO.File]::WriteAllText($temporary, $Json, [Text.UTF8Encoding]::new($false))
    if ([IO.File]::Exists($path)) { [IO.File]::Replace($temporary, $path, [NullString]::Value) }
    else { [IO.File]::Move($temporary, $path) }
}

$snapshot['server'] = if ($Server -eq '') { [Environment]::MachineName.ToUpperInvariant() } else { Get-ShortName $Server }
$connectionProblem = $null
try {
    try {
        Connect-Exchange
    } catch {
        $connectionProblem = "No connection to Exchange: $($_.Exception.GetType().FullName): $(Get-ScrubbedText $_.Exception.Message)"
    }
    Read-ExchangePart 'organizationConfig' {
        Select-Known (Get-OrganizationConfig -ErrorAction Stop) @('Name', 'DistinguishedName', 'EnableAuthAdminReadSession', 'OAuth2ClientProfileEnabled', 'MapiHttpEnabled')
    }
    Read-ExchangePart 'authConfig' {
        Select-Known (Get-AuthConfig -ErrorAction Stop) @(
            'CurrentCertificateThumbprint', 'PreviousCertificateThumbprint', 'NextCertificateThumbprint', 'NextCertificateEffectiveDate',
            'ServiceName', 'Realm', 'WhenChangedUTC'
        )
    }
    Read-ExchangePart 'authServers' {
        , @(Get-AuthServer -ErrorAction Stop | ForEach-Object {
                Select-Known $_ @(
                    'Name', 'Type', 'Enabled', 'IsDefaultAuthorizationEndpoint', 'DomainName', 'IssuerIdentifier', 'AuthMetadataUrl',
                    'AuthorizationEndpoint', 'Realm', 'ApplicationIdentifier', 'CertificateStrings', 'WhenChangedUTC'
                )
            })
    }
    Read-ExchangePart 'exchangeServers' { , @(Read-ExchangeServer) }
    Read-ExchangePart 'partnerApplications' { , @(Read-PartnerApplication) }
    Read-ExchangePart 'settingOverrides' { , @(Read-SettingOverride) }
    Read-ExchangePart 'hybridConfiguration' { , @(Read-HybridConfiguration) }
    Read-ExchangePart 'virtualDirectories' { Read-AllVirtualDirectory }
    Read-ExchangePart 'clientAccessServices' {
        , @(Get-ClientAccessService -ErrorAction Stop | ForEach-Object { Select-Known $_ @('Name', 'AutoDiscoverServiceInternalUri') })
    }
    Read-ExchangePart 'certificates' { , @(Read-PerServer 'certificates' ${function:Read-Certificate}) }
    Read-ExchangePart 'componentStates' { , @(Read-PerServer 'componentStates' ${function:Read-ComponentState}) }
    Read-ExchangePart 'authAdmin' { Read-AuthAdmin }
    Read-ExchangePart 'activeDirectory' { Read-ActiveDirectory }
} finally {
    if ($null -ne $session) { Remove-PSSession -Session $session -ErrorAction SilentlyContinue }
}
if ($Server -eq '') {
    try { Read-AuthAdminEvent } catch { Add-ErrorProblem 'authAdmin' 'events: ' $_ }
    Read-Part 'hybridAgents' {
        , @([ordered] @{
                Server    = $snapshot['server']
                Installed = $null -ne (Get-Service -Name 'MSHybridSvc' -ErrorAction SilentlyContinue)
            })
    }
}
Read-Iis
if (-not $NoOutbound) {
    try { Read-Outbound } catch { Add-ErrorProblem 'outbound' '' $_ }
}
$snapshot['errors'] = @($problems)

# ASCII alone: whatever code page the console has, standard output stays JSON.
$escape = { param($match) '\u{0:x4}' -f [int] [char] $match.Value }
$json = [regex]::Replace((ConvertTo-Json -InputObject $snapshot -Depth 12), '[^\x00-\x7F]', $escape)
if ($OutFile -eq '') { $json } else { Save-Snapshot $json }
