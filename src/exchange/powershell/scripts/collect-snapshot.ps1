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

Every part is read for itself. A part that cannot be read is named under "errors", with the type, id and number of its error and the servers
that it holds for, and the rest is collected. There is nothing in the snapshot of users, mailboxes, tokens or private keys.

What stands on each server (virtual directories as IIS has them, certificates, component states, AuthAdmin) is asked of all servers, several
at a time; one that does not answer is asked once. When DeadlineSeconds have passed, the snapshot is written with what it has. With
OwnServer it is asked of this server alone, or of the one that Server names.

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

.PARAMETER OwnServer
Asks this server alone, or the one that Server names, for what stands on each server. Of the others only Active Directory is asked.

.PARAMETER DeadlineSeconds
Seconds after which no further server is asked and the snapshot is written.

.PARAMETER Sessions
Servers that are asked at a time.

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
    [switch] $OwnServer,
    [int] $DeadlineSeconds = 100,
    [int] $Sessions = 8,
    [string] $EntraHost = 'login.microsoftonline.com',
    [string] $ApplicationHostConfig = ''
)

$ScriptVersion = '1.1.0'
$Clock = [Diagnostics.Stopwatch]::StartNew()
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
Set-StrictMode -Version 2.0

$ExchangeCommands = @(
    'Get-OrganizationConfig', 'Get-AuthConfig', 'Get-AuthServer', 'Get-ExchangeServer', 'Get-PartnerApplication', 'Get-SettingOverride',
    'Get-HybridConfiguration', 'Get-AuthenticationPolicy', 'Get-MapiVirtualDirectory', 'Get-WebServicesVirtualDirectory', 'Get-OabVirtualDirectory',
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
$DirectoryKinds = @('mapi', 'webServices', 'oab', 'autodiscover', 'activeSync', 'owa', 'ecp')
# An error that took this long to come is of a server that does not answer, not of a right that is missing.
$SlowMs = 5000
$HttpTimeoutMs = 10000
$MetadataLimit = 4194304

$snapshot = [ordered] @{
    snapshotVersion = 1
    at              = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [Globalization.CultureInfo]::InvariantCulture)
    collectedBy     = "collect-snapshot.ps1 $ScriptVersion"
    server          = [Environment]::MachineName
}
$problems = [Collections.ArrayList]::new()
$directories = @{}
$directoryFailures = @{}
$serverParts = @{}
$answered = @{}
$authAdminRuns = [Collections.ArrayList]::new()
$isImplicit = $false
$session = $null
$hasSnapIn = $false
$connectionProblem = $null

# ---- Values -------------------------------------------------------------------------------------------------------------------------

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

# An error of this script's own: its sentence names nobody.
function New-OwnError([string] $Sentence) {
    $exception = [InvalidOperationException]::new($Sentence)
    $exception.Data['hma'] = $Sentence
    return $exception
}

function Add-Problem([string] $Part, [string] $Text, [string] $Name = '') {
    [void] $problems.Add(@{ Part = $Part; Text = $Text; Name = $Name })
}

function Add-ErrorProblem([string] $Part, [string] $Where, $ErrorRecord, [string] $Name = '') {
    Add-Problem $Part "$Where$(Get-ErrorFact $ErrorRecord)" $Name
}

# One row for the same trouble of the same part, with the servers that have it: the first of them by name, and how many there are.
function Get-ProblemRow {
    $rows = [ordered] @{}
    foreach ($problem in $problems) {
        $key = "$($problem['Part']) $($problem['Text'])"
        if (-not $rows.Contains($key)) { $rows[$key] = @{ Part = $problem['Part']; Text = $problem['Text']; Names = [Collections.ArrayList]::new() } }
        if ($problem['Name'] -ne '' -and -not $rows[$key]['Names'].Contains($problem['Name'])) { [void] $rows[$key]['Names'].Add($problem['Name']) }
    }
    foreach ($row in $rows.Values) {
        $known = [ordered] @{ part = $row['Part']; text = $row['Text'] }
        if ($row['Names'].Count -gt 0) {
            $known['servers'] = @($row['Names'] | Sort-Text)
            if ($row['Names'].Count -gt 1) { $known['text'] = "$($row['Names'].Count) servers: $($row['Text'])" }
        }
        $known
    }
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
        $script:connectionProblem = 'No connection to Exchange: this PowerShell has no snap-ins, use Windows PowerShell or the parameter Server'
        return
    }
    Add-PSSnapin -Name 'Microsoft.Exchange.Management.PowerShell.SnapIn' -ErrorAction Stop
    $script:hasSnapIn = $true
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

# Exchange 2016 and older builds of 2019 have no such policies, and no such command: then there are none.
function Read-AuthenticationPolicy {
    if ($null -eq (Get-Command -Name 'Get-AuthenticationPolicy' -ErrorAction SilentlyContinue)) { return }
    foreach ($policy in @(Get-AuthenticationPolicy -ErrorAction Stop)) {
        Select-Known $policy @(
            'Name', 'BlockModernAuthMapi', 'BlockModernAuthActiveSync', 'BlockModernAuthAutodiscover', 'BlockModernAuthWebServices',
            'BlockModernAuthOfflineAddressBook', 'BlockModernAuthRpc'
        )
    }
}

function Read-SettingOverride {
    foreach ($override in @(Get-SettingOverride -ErrorAction Stop)) {
        if (@('ExchangeOnpremAsThirdPartyAppId', 'RouteThroughMSGraph') -contains (Get-Text $override.SectionName)) {
            $known = Select-Known $override @('Name', 'ComponentName', 'SectionName', 'Parameters', 'MinVersion', 'MaxVersion')
            $servers = $override.PSObject.Properties['Server']
            if ($null -ne $servers) { $known['Server'] = @(foreach ($name in @($servers.Value)) { if ("$name" -ne '') { Get-Text $name } }) }
            $known
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

# What Active Directory says of the virtual directories of all servers: addresses and methods. What IIS has is asked of each server.
function Read-DirectoryKind([string] $Kind) {
    switch ($Kind) {
        'mapi' { Get-MapiVirtualDirectory -ADPropertiesOnly -ErrorAction Stop }
        'webServices' { Get-WebServicesVirtualDirectory -ADPropertiesOnly -ErrorAction Stop }
        'oab' { Get-OabVirtualDirectory -ADPropertiesOnly -ErrorAction Stop }
        'autodiscover' { Get-AutodiscoverVirtualDirectory -ADPropertiesOnly -ErrorAction Stop }
        'activeSync' { Get-ActiveSyncVirtualDirectory -ADPropertiesOnly -ErrorAction Stop }
        'owa' { Get-OwaVirtualDirectory -ADPropertiesOnly -ErrorAction Stop }
        'ecp' { Get-EcpVirtualDirectory -ADPropertiesOnly -ErrorAction Stop }
    }
}

function Read-AllVirtualDirectory {
    foreach ($kind in $DirectoryKinds) {
        $directories[$kind] = @{}
        try {
            foreach ($directory in @(Read-DirectoryKind $kind)) {
                $known = Select-Known $directory $VirtualDirectoryProperties
                Complete-VirtualDirectory $known $directory
                $directories[$kind][$known['Identity']] = $known
            }
        } catch {
            $directoryFailures[$kind] = $true
            Add-ErrorProblem 'virtualDirectories' "${kind}: " $_
        }
    }
}

# The directories of all kinds, in order. A kind of which nothing could be read is not there.
function Get-VirtualDirectoryPart {
    $part = [ordered] @{}
    foreach ($kind in $DirectoryKinds) {
        $seen = $directories[$kind]
        if ($seen.Count -eq 0 -and $directoryFailures.ContainsKey($kind)) { continue }
        $part[$kind] = @($seen.Keys | ForEach-Object { "$_" } | Sort-Text | ForEach-Object { $seen[$_] })
    }
    return $part
}

# Names of the servers that are asked one by one.
function Get-ServerName {
    if (-not $snapshot.Contains('exchangeServers')) { return }
    foreach ($known in $snapshot['exchangeServers']) {
        if ($known['IsEdgeServer'] -eq $true) { continue }
        # A name goes into a command: one that is none of a computer does not.
        if ("$($known['Name'])" -notmatch '^[A-Za-z0-9_-]{1,63}$') { continue }
        if (-not $OwnServer -or (Get-ShortName "$($known['Name'])") -eq $snapshot['server']) { "$($known['Name'])" }
    }
}

# Asks one server after the other out of a queue, until it is empty. A server whose answer takes long, and is an error in the end, is not
# asked for anything else. Runs as it stands in runspaces of its own.
$AskServers = {
    param($Queue, $Results, $Questions, $Target, $SlowMs, $MustStop)
    $own = $null
    try {
        if ($Target['SnapIn']) { Add-PSSnapin -Name 'Microsoft.Exchange.Management.PowerShell.SnapIn' -ErrorAction Stop }
        if ($Target['Uri'] -ne '') {
            $options = New-PSSessionOption -OpenTimeout 30000 -OperationTimeout 120000
            $own = New-PSSession -ConfigurationName 'Microsoft.Exchange' -ConnectionUri $Target['Uri'] -Authentication Kerberos -SessionOption $options -ErrorAction Stop
        }
        $name = ''
        while (-not (& $MustStop) -and $Queue.TryDequeue([ref] $name)) {
            $Results.Enqueue(@{ Server = $name; Kind = 'begun' })
            foreach ($question in $Questions) {
                $began = [DateTime]::UtcNow
                try {
                    $ask = [ScriptBlock]::Create(($question['Text'] -f $name))
                    if ($null -eq $own) { $rows = @(& $ask) } else { $rows = @(Invoke-Command -Session $own -ScriptBlock $ask -ErrorAction Stop) }
                    $Results.Enqueue(@{ Server = $name; Kind = $question['Kind']; Rows = $rows })
                } catch {
                    $isSlow = ([DateTime]::UtcNow - $began).TotalMilliseconds -ge $SlowMs
                    $Results.Enqueue(@{ Server = $name; Kind = $(if ($isSlow) { 'dead' } else { $question['Kind'] }); Problem = $_ })
                    if ($isSlow) { break }
                }
                if (& $MustStop) { break }
            }
            $Results.Enqueue(@{ Server = $name; Kind = 'done' })
        }
    } catch {
        $Results.Enqueue(@{ Server = ''; Kind = 'worker'; Problem = $_ })
    } finally {
        if ($null -ne $own) { Remove-PSSession -Session $own -ErrorAction SilentlyContinue }
    }
}

# What each server is asked, the cheapest first: it shows whether the server answers at all. Each is one line that Exchange's endpoint runs.
function Get-Question {
    $selected = ($VirtualDirectoryProperties + $VirtualDirectoryFlags + @('Server', 'Name', 'Identity')) -join ', '
    @{ Kind = 'componentStates'; Text = 'Get-ServerComponentState -Identity ''{0}'' -ErrorAction Stop | Select-Object Component, State' }
    @{ Kind = 'certificates'; Text = 'Get-ExchangeCertificate -Server ''{0}'' -ErrorAction Stop | Select-Object Thumbprint, NotAfter, HasPrivateKey, RawData' }
    @{ Kind = 'mapi'; Text = 'Get-MapiVirtualDirectory -Server ''{0}'' -ErrorAction Stop | Select-Object ' + $selected }
    @{ Kind = 'webServices'; Text = 'Get-WebServicesVirtualDirectory -Server ''{0}'' -ErrorAction Stop | Select-Object ' + $selected }
    @{ Kind = 'oab'; Text = 'Get-OabVirtualDirectory -Server ''{0}'' -ErrorAction Stop | Select-Object ' + $selected }
    @{ Kind = 'autodiscover'; Text = 'Get-AutodiscoverVirtualDirectory -Server ''{0}'' -ErrorAction Stop | Select-Object ' + $selected }
    @{ Kind = 'activeSync'; Text = 'Get-ActiveSyncVirtualDirectory -Server ''{0}'' -ErrorAction Stop | Select-Object ' + $selected }
    @{ Kind = 'owa'; Text = 'Get-OwaVirtualDirectory -Server ''{0}'' -ErrorAction Stop | Select-Object ' + $selected }
    @{ Kind = 'ecp'; Text = 'Get-EcpVirtualDirectory -Server ''{0}'' -ErrorAction Stop | Select-Object ' + $selected }
    @{ Kind = 'authAdmin'; Text = 'Get-ExchangeDiagnosticInfo -Server ''{0}'' -Process ''Microsoft.Exchange.ServiceHost'' -ErrorAction Stop' }
}

# Modules on disk that have the commands, for runspaces of their own; $null where the commands belong to this session alone.
function Get-WorkerModule {
    $modules = [Collections.ArrayList]::new()
    foreach ($name in @('Get-ExchangeCertificate', 'New-PSSession')) {
        if ($name -eq 'Get-ExchangeCertificate' -and ($Server -ne '' -or $hasSnapIn)) { continue }
        $command = Get-Command -Name $name -ErrorAction SilentlyContinue
        if ($null -eq $command -or $null -eq $command.Module) {
            if ($name -eq 'Get-ExchangeCertificate') { return $null }
            continue
        }
        $private = $command.Module.PrivateData
        $isImplicit = $private -is [Collections.IDictionary] -and $private.Contains('ImplicitRemoting')
        if ($isImplicit -or "$($command.Module.Path)" -eq '') {
            if ($name -eq 'Get-ExchangeCertificate') { return $null }
            continue
        }
        if (-not $modules.Contains($command.Module.Path)) { [void] $modules.Add($command.Module.Path) }
    }
    return , @($modules)
}

function Invoke-AllServers([string[]] $Names) {
    $queue = [Collections.Concurrent.ConcurrentQueue[string]]::new([string[]] $Names)
    $results = [Collections.Concurrent.ConcurrentQueue[object]]::new()
    $target = @{ SnapIn = $hasSnapIn; Uri = $(if ($Server -eq '') { '' } else { "http://$Server/PowerShell/" }) }
    $questions = @(Get-Question)
    $modules = Get-WorkerModule
    $script:isImplicit = $null -eq $modules
    if ($null -eq $modules) {
        $mustStop = { $Clock.Elapsed.TotalSeconds -ge $DeadlineSeconds }
        $here = @{ SnapIn = $false; Uri = '' }
        & $AskServers $queue $results $questions $here $SlowMs $mustStop
        return $results.ToArray()
    }
    $ends = [DateTime]::UtcNow.AddSeconds($DeadlineSeconds - $Clock.Elapsed.TotalSeconds)
    $mustStop = [ScriptBlock]::Create("[DateTime]::UtcNow.Ticks -ge $($ends.Ticks)")
    $state = [Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    if ($modules.Count -gt 0) { $state.ImportPSModule([string[]] $modules) }
    $workers = @(for ($at = 0; $at -lt [Math]::Min($Sessions, $Names.Count); $at++) {
            $shell = [Management.Automation.PowerShell]::Create($state)
            [void] $shell.AddScript($AskServers.ToString()).AddArgument($queue).AddArgument($results).AddArgument($questions)
            [void] $shell.AddArgument($target).AddArgument($SlowMs).AddArgument($mustStop)
            @{ Shell = $shell; Handle = $shell.BeginInvoke() }
        })
    foreach ($worker in $workers) {
        $left = [Math]::Max(0, [int] ($ends - [DateTime]::UtcNow).TotalMilliseconds)
        # One that is still waiting for a server is left behind: its process ends with the snapshot.
        if ($worker['Handle'].AsyncWaitHandle.WaitOne($left)) { $worker['Shell'].Dispose() } else { [void] $worker['Shell'].BeginStop($null, $null) }
    }
    return $results.ToArray()
}

function Read-AllServers {
    $names = @(Get-ServerName)
    if ($names.Count -eq 0) { return }
    $begun = @{}
    $done = @{}
    foreach ($part in @('certificates', 'componentStates')) { $serverParts[$part] = [Collections.ArrayList]::new() }
    $byServer = @{}
    foreach ($name in @('') + $names) { $byServer[$name] = [Collections.ArrayList]::new() }
    foreach ($result in @(Invoke-AllServers $names)) { [void] $byServer[$result['Server']].Add($result) }
    # Answers come as servers give them; the snapshot has them in the order of the servers.
    foreach ($result in @(foreach ($name in @('') + $names) { $byServer[$name] })) {
        $name = $result['Server']
        if ($result['Kind'] -eq 'begun') { $begun[$name] = $true; continue }
        if ($result['Kind'] -eq 'done') { $done[$name] = $true; continue }
        if ($result.ContainsKey('Problem')) { Add-ServerProblem $result } else { Add-ServerAnswer $result }
    }
    foreach ($name in $names) {
        if ($done.ContainsKey($name)) { continue }
        if ($begun.ContainsKey($name)) { Add-Problem 'servers' "no answer within $DeadlineSeconds seconds" $name }
        else { Add-Problem 'servers' "not asked within $DeadlineSeconds seconds" $name }
    }
}

function Add-ServerProblem($Result) {
    $kind = $Result['Kind']
    if ($kind -eq 'dead') { Add-ErrorProblem 'servers' '' $Result['Problem'] $Result['Server'] }
    elseif ($kind -eq 'worker') { Add-ErrorProblem 'servers' 'a session: ' $Result['Problem'] }
    elseif ($DirectoryKinds -contains $kind) { Add-ErrorProblem 'virtualDirectories' "$kind without the settings of IIS: " $Result['Problem'] $Result['Server'] }
    else { Add-ErrorProblem $kind '' $Result['Problem'] $Result['Server'] }
}

function Add-ServerAnswer($Result) {
    $name = $Result['Server']
    $kind = $Result['Kind']
    foreach ($row in $Result['Rows']) {
        try {
            if ($DirectoryKinds -contains $kind) {
                if ((Get-ShortName "$($row.Server)") -ne (Get-ShortName $name)) { continue }
                $known = Select-Known $row ($VirtualDirectoryProperties + $VirtualDirectoryFlags)
                Complete-VirtualDirectory $known $row
                $directories[$kind][$known['Identity']] = $known
            } elseif ($kind -eq 'authAdmin') {
                $ran = Get-AuthAdminRun $row
                if ($null -ne $ran) { [void] $authAdminRuns.Add($ran) }
            } else {
                $known = if ($kind -eq 'certificates') { Get-CertificateRow $row } else { Select-Known $row @('Component', 'State') }
                $known['Server'] = $name
                [void] $serverParts[$kind].Add($known)
            }
            $answered[$kind] = $true
        } catch {
            Add-ErrorProblem $(if ($DirectoryKinds -contains $kind) { 'virtualDirectories' } else { $kind }) '' $_ $name
        }
    }
}

# A certificate whose properties did not cross the session is made anew from its public part; that it has no private key says nothing then.
function Get-CertificateRow($Row) {
    $known = Select-Known $Row @('Thumbprint', 'NotAfter', 'HasPrivateKey')
    if ("$($known['Thumbprint'])" -eq '') {
        $known = [ordered] @{}
        $raw = $Row.PSObject.Properties['RawData']
        if ($null -ne $raw -and $null -ne $raw.Value) {
            $certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::new([byte[]] $raw.Value)
            $known['Thumbprint'] = $certificate.Thumbprint
            $known['NotAfter'] = Format-Instant $certificate.NotAfter.ToUniversalTime()
        }
    } elseif ($isImplicit -and $known['HasPrivateKey'] -ne $true) {
        $known.Remove('HasPrivateKey')
    }
    return $known
}

# ---- AuthAdmin ----------------------------------------------------------------------------------------------------------------------

function Read-AuthAdmin {
    $known = [ordered] @{}
    $newest = $null
    foreach ($ran in $authAdminRuns) {
        if ($null -eq $newest -or $ran -gt $newest) { $newest = $ran }
    }
    if ($null -ne $newest) { $known['LastRunUtc'] = Format-Instant $newest }
    return $known
}

# When the AuthAdmin servicelet of the server ran last; null when it does not run there. A time in the form of a language is not read: day
# and month could change places.
function Get-AuthAdminRun($Answer) {
    $text = "$Answer"
    if ($null -ne $Answer.PSObject.Properties['Result']) { $text = "$($Answer.Result)" }
    $newest = $null
    $formats = [string[]] @('yyyy-MM-ddTHH:mm:ss.FFFFFFFK', 'yyyy-MM-dd HH:mm:ss.FFFFFFFK')
    $styles = [Globalization.DateTimeStyles]::AdjustToUniversal -bor [Globalization.DateTimeStyles]::AssumeUniversal
    foreach ($node in (ConvertTo-SafeXml $text).SelectNodes('//AnchorServiceComponents/CacheScheduler/lastRunTime')) {
        $ran = [DateTime]::MinValue
        if ([DateTime]::TryParseExact($node.InnerText.Trim(), $formats, [Globalization.CultureInfo]::InvariantCulture, $styles, [ref] $ran)) {
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

# The answer of a URL, redirections followed to https on the same host, three at most. Throws when the host is not reached.
function Read-Url([string] $Url, [string] $Method) {
    $answer = Read-Answer $Url $Method
    for ($hop = 0; $hop -lt 3 -and @(301, 302, 307, 308) -contains [int] $answer['Response'].StatusCode; $hop++) {
        $next = $null
        if (-not [Uri]::TryCreate([Uri] $Url, "$($answer['Response'].Headers['Location'])", [ref] $next)) { break }
        if ($next.Scheme -ne 'https' -or $next.Authority -ne ([Uri] $Url).Authority) { break }
        $answer['Response'].Close()
        $Url = $next.AbsoluteUri
        $answer = Read-Answer $Url $Method
    }
    return $answer
}

# One request over TLS, by the proxy of this server where Exchange has one.
function Read-Answer([string] $Url, [string] $Method) {
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $request = [Net.WebRequest]::Create($Url)
    $request.Method = $Method
    $request.Timeout = $HttpTimeoutMs
    $request.ReadWriteTimeout = $HttpTimeoutMs
    $request.AllowAutoRedirect = $false
    $proxy = Get-WebProxy
    # Without one Exchange goes out directly: the proxy of the account that runs this script says nothing of it.
    $request.Proxy = if ($proxy -ne '') { [Net.WebProxy]::new($proxy) } else { $null }
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
        if ($body.Length -gt $MetadataLimit) { throw (New-OwnError "the answer is larger than $MetadataLimit bytes") }
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
    $hasEntra = @($snapshot['authServers'] | Where-Object { "$($_['Type'])" -eq 'AzureAD' -and $_['Enabled'] -ne $false }).Count -gt 0
    foreach ($known in $snapshot['authServers']) {
        if ($known['Enabled'] -eq $false) { continue }
        $isAdfs = "$($known['Type'])" -eq 'ADFS' -and ($known['IsDefaultAuthorizationEndpoint'] -eq $true -or -not $hasEntra)
        if ("$($known['Type'])" -ne 'AzureAD' -and -not $isAdfs) { continue }
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
$snapshot['scope'] = if ($OwnServer) { 'server' } else { 'organisation' }
try {
    try {
        Connect-Exchange
    } catch {
        $connectionProblem = "No connection to Exchange: $(Get-ErrorFact $_)"
    }
    Read-ExchangePart 'organizationConfig' {
        Select-Known (Get-OrganizationConfig -ErrorAction Stop) @('Name', 'DistinguishedName', 'EnableAuthAdminReadSession', 'OAuth2ClientProfileEnabled', 'MapiHttpEnabled', 'DefaultAuthenticationPolicy')
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
                    'AuthorizationEndpoint', 'Realm', 'ApplicationIdentifier', 'GraphBaseUrl', 'CertificateStrings', 'WhenChangedUTC'
                )
            })
    }
    Read-ExchangePart 'exchangeServers' { , @(Read-ExchangeServer) }
    Read-ExchangePart 'authenticationPolicies' { , @(Read-AuthenticationPolicy) }
    Read-ExchangePart 'partnerApplications' { , @(Read-PartnerApplication) }
    Read-ExchangePart 'settingOverrides' { , @(Read-SettingOverride) }
    Read-ExchangePart 'hybridConfiguration' { , @(Read-HybridConfiguration) }
    Read-ExchangePart 'clientAccessServices' {
        , @(Get-ClientAccessService -ErrorAction Stop | ForEach-Object { Select-Known $_ @('Name', 'AutoDiscoverServiceInternalUri') })
    }
    Read-ExchangePart 'activeDirectory' { Read-ActiveDirectory }
    # Last, since it takes longest: the deadline cuts this.
    Read-ExchangePart 'virtualDirectories' {
        Read-AllVirtualDirectory
        Read-AllServers
        Get-VirtualDirectoryPart
    }
    foreach ($part in @('certificates', 'componentStates')) {
        if ($null -ne $connectionProblem) { Add-Problem $part $connectionProblem }
        elseif ($answered.ContainsKey($part)) { $snapshot[$part] = @($serverParts[$part]) }
    }
    Read-ExchangePart 'authAdmin' { Read-AuthAdmin }
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
$snapshot['errors'] = @(Get-ProblemRow)

# ASCII alone: whatever code page the console has, standard output stays JSON.
$escape = { param($match) '\u{0:x4}' -f [int] [char] $match.Value }
$json = [regex]::Replace((ConvertTo-Json -InputObject $snapshot -Depth 12), '[^\x00-\x7F]', $escape)
if ($OutFile -eq '') { $json } else { Save-Snapshot $json }
