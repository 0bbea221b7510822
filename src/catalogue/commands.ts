/**
 * Every command that the exporter prints, once: checks, advice, pages, alert rules, runbooks, dashboards and docs use
 * these.
 * A word in angle brackets, always in single quotes, is replaced by the reader or by `command()`. Tests parse every
 * line with PowerShell and compare it with the published syntax of the cmdlets.
 */
export interface CatalogueCommand {
  /** What the command does: a clause without a full stop. */
  readonly does: string;
  /** One line of PowerShell. */
  readonly text: string;
}

const FRONT_END_LOG =
  "-PSPath 'MACHINE/WEBROOT/APPHOST' -Filter \"system.applicationHost/sites/site[@name='Default Web Site']/logFile";
const APPCMD = '& "$env:windir\\system32\\inetsrv\\appcmd.exe"';
const MODERN_AUTH_ON =
  "-OAuthAuthentication $true -BasicAuthentication $false -FormsAuthentication $false -DigestAuthentication " +
  "$false -AdfsAuthentication $false";
const MODERN_AUTH_OFF = "-OAuthAuthentication $false -FormsAuthentication $true -BasicAuthentication $true";
const UNBLOCK = ["Mapi", "ActiveSync", "Autodiscover", "WebServices", "OfflineAddressBook", "Rpc"]
  .map((protocol) => `-BlockModernAuth${protocol}:$false`)
  .join(" ");
const HYBRID_APP_SCRIPT = ".\\ConfigureExchangeHybridApplication.ps1";
const AUTH_CERTIFICATE_SCRIPT =
  ".\\MonitorExchangeAuthCertificate.ps1 -ValidateAndRenewAuthCertificate $true -IgnoreHybridConfig $true";

export const COMMANDS = {
  // Signing keys and the AuthAdmin servicelet
  refreshKeys: {
    does: "writes the published signing keys of Entra ID to AD",
    text: "Get-AuthServer | Where-Object { $_.Name -like 'EvoSts*' } | Set-AuthServer -RefreshAuthMetadata",
  },
  showKeys: {
    does: "shows the objects that the refresh has hit; WhenChangedUTC is now",
    text: "Get-AuthServer | Where-Object { $_.Name -like 'EvoSts*' } | Format-List Name, Enabled, AuthMetadataUrl, WhenChangedUTC",
  },
  refreshKeysOf: {
    does: "writes the keys that the issuer publishes to this object",
    text: "Set-AuthServer '<AuthServer>' -RefreshAuthMetadata",
  },
  showKeysOf: {
    does: "shows the object; WhenChangedUTC is now",
    text: "Get-AuthServer '<AuthServer>' | Format-List Name, Enabled, AuthMetadataUrl, WhenChangedUTC",
  },
  showAuthServers: {
    does: "shows the AuthServer objects",
    text:
      "Get-AuthServer | Format-List Name, Type, Enabled, IsDefaultAuthorizationEndpoint, Realm, " +
      "IssuerIdentifier, DomainName, AuthMetadataUrl, WhenChangedUTC",
  },
  testMetadata: {
    does: "asks the metadata URL from this server",
    text:
      "Get-AuthServer | Where-Object { $_.Name -like 'EvoSts*' } | ForEach-Object { Invoke-WebRequest -Uri " +
      "$_.AuthMetadataUrl -UseBasicParsing } | Select-Object StatusCode",
  },
  testMetadataByProxy: {
    does: "the same through the proxy that Exchange uses",
    text:
      "Get-AuthServer | Where-Object { $_.Name -like 'EvoSts*' } | ForEach-Object { Invoke-WebRequest -Uri " +
      "$_.AuthMetadataUrl -UseBasicParsing -Proxy (Get-ExchangeServer $env:COMPUTERNAME).InternetWebProxy } | " +
      "Select-Object StatusCode",
  },
  readSessionOn: {
    does: "lets the AuthAdmin servicelet write new keys to AD",
    text: "Set-OrganizationConfig -EnableAuthAdminReadSession:$true",
  },
  showReadSession: {
    does: "shows whether it may, and whether modern authentication is on",
    text: "Get-OrganizationConfig | Format-List EnableAuthAdminReadSession, OAuth2ClientProfileEnabled",
  },
  runAuthAdmin: {
    does: "runs AuthAdmin at once, on the server that hosts the arbitration mailbox",
    text: "Restart-Service MSExchangeServiceHost",
  },
  showAuthAdminHost: {
    does: "shows the arbitration mailbox whose server runs AuthAdmin",
    text:
      "Get-Mailbox -Arbitration | Where-Object { $_.PersistedCapabilities -like " +
      "'*OrganizationCapabilityManagement*' } | Format-Table Name, Database, ServerName",
  },
  showAuthAdminEvents: {
    does: "shows what AuthAdmin did; 2015 is a whole run, 2013 keys written",
    text:
      "Get-WinEvent -FilterHashtable @{ LogName = 'Application'; ProviderName = 'MSExchange AuthAdmin'; " +
      "StartTime = (Get-Date).AddDays(-2) } | Format-Table TimeCreated, Id, LevelDisplayName",
  },
  showOAuthEvents: {
    does: "shows what the workers say; 2008 is a worker that found keys AD lacks",
    text:
      "Get-WinEvent -FilterHashtable @{ LogName = 'Application'; ProviderName = 'MSExchange OAuth'; StartTime = " +
      "(Get-Date).AddHours(-2) } | Format-Table TimeCreated, Id, LevelDisplayName",
  },
  restartPool: {
    does: "replaces the worker of an app pool: a recycle, so only after the keys are in AD",
    text: "Restart-WebAppPool -Name '<app pool>'",
  },
  showWorkers: {
    does: "shows since when the workers run",
    text:
      "Get-CimInstance Win32_Process -Filter \"Name='w3wp.exe'\" | Sort-Object CreationDate | Format-Table " +
      "ProcessId, CreationDate, CommandLine -Wrap",
  },
  // AuthServer objects
  authServerOn: { does: "enables the object", text: "Set-AuthServer '<AuthServer>' -Enabled $true" },
  authServerOff: {
    does: "disables the object: tokens of this issuer alone are refused from then on",
    text: "Set-AuthServer '<AuthServer>' -Enabled $false",
  },
  defaultEndpointOn: {
    does: "sends clients to this issuer",
    text: "Set-AuthServer '<AuthServer>' -IsDefaultAuthorizationEndpoint $true",
  },
  defaultEndpointOff: {
    does: "no longer sends clients to this issuer",
    text: "Set-AuthServer '<AuthServer>' -IsDefaultAuthorizationEndpoint $false",
  },
  authServerDomain: {
    does: "names the tenant's domains",
    text: "Set-AuthServer '<AuthServer>' -DomainName '<tenant>.onmicrosoft.com'",
  },
  removeAuthServer: {
    does: "removes the object, which asks before it does",
    text: "Remove-AuthServer '<AuthServer>'",
  },
  // Organisation
  modernAuthOn: {
    does: "turns modern authentication on",
    text: "Set-OrganizationConfig -OAuth2ClientProfileEnabled $true",
  },
  mapiHttpOn: { does: "turns MAPI over HTTP on", text: "Set-OrganizationConfig -MapiHttpEnabled $true" },
  showMapiHttpExceptions: {
    does: "shows mailboxes that are excepted",
    text: "Get-CASMailbox -ResultSize Unlimited | Where-Object { $_.MapiHttpEnabled -eq $false } | Format-Table Name",
  },
  showBuild: {
    does: "shows the build of this server with its security update",
    text: "(Get-Command ExSetup.exe).FileVersionInfo.ProductVersion",
  },
  showPolicies: {
    does: "shows what each authentication policy blocks",
    text: "Get-AuthenticationPolicy | Format-List Name, BlockModernAuth*",
  },
  unblockModernAuth: {
    does: "lets the policy pass modern authentication",
    text: `Set-AuthenticationPolicy '<policy>' ${UNBLOCK}`,
  },
  serviceName: {
    does: "gives Exchange its application id back, and no realm",
    text: "Set-AuthConfig -ServiceName '00000002-0000-0ff1-ce00-000000000000' -Realm ''",
  },
  partnerApplicationOn: {
    does: "enables the partner application of Exchange Online",
    text:
      "Get-PartnerApplication | Where-Object { $_.ApplicationIdentifier -eq " +
      "'00000002-0000-0ff1-ce00-000000000000' } | Set-PartnerApplication -Enabled $true",
  },
  // Virtual directories
  oauthOnWebServices: {
    does: "turns OAuth on at EWS",
    text: "Set-WebServicesVirtualDirectory '<server>\\EWS (Default Web Site)' -OAuthAuthentication $true",
  },
  oauthOnOab: {
    does: "turns OAuth on at the address book",
    text: "Set-OabVirtualDirectory '<server>\\OAB (Default Web Site)' -OAuthAuthentication $true",
  },
  oauthOnAutodiscover: {
    does: "turns OAuth on at Autodiscover",
    text: "Set-AutodiscoverVirtualDirectory '<server>\\Autodiscover (Default Web Site)' -OAuthAuthentication $true",
  },
  mapiMethods: {
    does: "names the methods of MAPI: those of today, and OAuth",
    text: "Set-MapiVirtualDirectory '<server>\\mapi (Default Web Site)' -IISAuthenticationMethods '<methods>'",
  },
  activeSyncMethods: {
    does: "lists no methods at ActiveSync, which then offers OAuth",
    text:
      "Set-ActiveSyncVirtualDirectory '<server>\\Microsoft-Server-ActiveSync (Default Web Site)' " +
      "-InternalAuthenticationMethods @() -ExternalAuthenticationMethods @()",
  },
  showOAuth: {
    does: "shows the setting of every server",
    text:
      "Get-WebServicesVirtualDirectory -ADPropertiesOnly | Format-Table Server, InternalAuthenticationMethods, " +
      "ExternalAuthenticationMethods",
  },
  showMapi: {
    does: "shows the methods of MAPI of every server",
    text: "Get-MapiVirtualDirectory -ADPropertiesOnly | Format-Table Server, IISAuthenticationMethods",
  },
  showUrls: {
    does: "shows the addresses that Entra ID must know",
    text: "Get-MapiVirtualDirectory -ADPropertiesOnly | Format-Table Server, InternalUrl, ExternalUrl",
  },
  showEwsUrls: {
    does: "the same for EWS",
    text: "Get-WebServicesVirtualDirectory -ADPropertiesOnly | Format-Table Server, InternalUrl, ExternalUrl",
  },
  ecpModernOn: {
    does: "ECP with modern authentication",
    text: `Set-EcpVirtualDirectory '<server>\\ecp (Default Web Site)' ${MODERN_AUTH_ON}`,
  },
  owaModernOn: {
    does: "OWA with modern authentication",
    text: `Set-OwaVirtualDirectory '<server>\\owa (Default Web Site)' ${MODERN_AUTH_ON}`,
  },
  ecpModernOff: {
    does: "ECP with forms again",
    text: `Set-EcpVirtualDirectory '<server>\\ecp (Default Web Site)' ${MODERN_AUTH_OFF}`,
  },
  owaModernOff: {
    does: "OWA with forms again",
    text: `Set-OwaVirtualDirectory '<server>\\owa (Default Web Site)' ${MODERN_AUTH_OFF}`,
  },
  urlsOfMapi: {
    does: "addresses of MAPI with https",
    text:
      "Set-MapiVirtualDirectory '<server>\\mapi (Default Web Site)' -InternalUrl 'https://<host>/mapi' " +
      "-ExternalUrl 'https://<host>/mapi'",
  },
  urlsOfWebServices: {
    does: "addresses of EWS with https",
    text:
      "Set-WebServicesVirtualDirectory '<server>\\EWS (Default Web Site)' -InternalUrl " +
      "'https://<host>/EWS/Exchange.asmx' -ExternalUrl 'https://<host>/EWS/Exchange.asmx'",
  },
  urlsOfOab: {
    does: "addresses of the address book with https",
    text: "Set-OabVirtualDirectory '<server>\\OAB (Default Web Site)' -InternalUrl 'https://<host>/OAB' -ExternalUrl 'https://<host>/OAB'",
  },
  urlsOfAutodiscover: {
    does: "addresses of Autodiscover with https",
    text: "Set-AutodiscoverVirtualDirectory '<server>\\Autodiscover (Default Web Site)' -InternalUrl $null -ExternalUrl $null",
  },
  urlsOfActiveSync: {
    does: "addresses of ActiveSync with https",
    text:
      "Set-ActiveSyncVirtualDirectory '<server>\\Microsoft-Server-ActiveSync (Default Web Site)' -InternalUrl " +
      "'https://<host>/Microsoft-Server-ActiveSync' -ExternalUrl 'https://<host>/Microsoft-Server-ActiveSync'",
  },
  requireTls: {
    does: "makes IIS require TLS",
    text: `${APPCMD} set config '<site>/<directory>' /section:access '/sslFlags:Ssl,Ssl128' /commit:apphost`,
  },
  // Auth certificate
  importAuthCertificate: {
    does: "imports the auth certificate where it is missing, and renews it only where it must; hybrid is allowed",
    text: AUTH_CERTIFICATE_SCRIPT,
  },
  importWithDeadServer: {
    does: "the same while a server cannot be reached",
    text: `${AUTH_CERTIFICATE_SCRIPT} -IgnoreUnreachableServers $true`,
  },
  newAuthCertificate: {
    does: "makes a new auth certificate; answer No when it asks about the SMTP certificate",
    text:
      "$certificate = New-ExchangeCertificate -KeySize 2048 -PrivateKeyExportable $true -SubjectName " +
      "'cn=Microsoft Exchange Server Auth Certificate' -FriendlyName 'Microsoft Exchange Server Auth " +
      "Certificate' -DomainName @()",
  },
  publishNow: {
    does: "puts it into use today",
    text: "Set-AuthConfig -NewCertificateThumbprint $certificate.Thumbprint -NewCertificateEffectiveDate (Get-Date) -Force",
  },
  stageInTwoDays: {
    does: "puts it into use in two days, when every server has it",
    text: "Set-AuthConfig -NewCertificateThumbprint $certificate.Thumbprint -NewCertificateEffectiveDate (Get-Date).AddHours(49)",
  },
  stageNamedInTwoDays: {
    does: "puts the one that is named next into use in two days",
    text:
      "Set-AuthConfig -NewCertificateThumbprint (Get-AuthConfig).NextCertificateThumbprint " +
      "-NewCertificateEffectiveDate (Get-Date).AddHours(49)",
  },
  publishCertificate: { does: "makes the next one current", text: "Set-AuthConfig -PublishCertificate" },
  clearPreviousCertificate: {
    does: "drops the previous one, which is of no use any more",
    text: "Set-AuthConfig -ClearPreviousCertificate",
  },
  showAuthCertificates: {
    does: "shows current and next, and when that takes effect",
    text:
      "Get-AuthConfig | Format-List CurrentCertificateThumbprint, NextCertificateThumbprint, " +
      "NextCertificateEffectiveDate, WhenChangedUTC",
  },
  showAuthCertificateHere: {
    does: "shows the current one on this server",
    text:
      "Get-ExchangeCertificate -Thumbprint (Get-AuthConfig).CurrentCertificateThumbprint | Format-List " +
      "Thumbprint, NotAfter, HasPrivateKey",
  },
  restartOwaPool: { does: "makes OWA read it", text: "Restart-WebAppPool -Name 'MSExchangeOWAAppPool'" },
  restartEcpPool: { does: "makes ECP read it", text: "Restart-WebAppPool -Name 'MSExchangeECPAppPool'" },
  // Hybrid
  configureHybridApp: {
    does: "makes the dedicated hybrid application, its override and its certificate",
    text: `${HYBRID_APP_SCRIPT} -FullyConfigureExchangeHybridApplication`,
  },
  updateHybridAppCertificate: {
    does: "uploads the auth certificate to the dedicated hybrid application",
    text: `${HYBRID_APP_SCRIPT} -UpdateCertificate`,
  },
  resetSharedPrincipal: {
    does: "takes Exchange's certificates off the shared service principal (CVE-2025-53786)",
    text: `${HYBRID_APP_SCRIPT} -ResetFirstPartyServicePrincipalKeyCredentials`,
  },
  showOverrides: {
    does: "shows the overrides, and which servers and builds they hold for",
    text: "Get-SettingOverride | Format-List Name, ComponentName, SectionName, Parameters, Server, MinVersion, MaxVersion",
  },
  removeOverride: { does: "removes an override", text: "Remove-SettingOverride '<override>'" },
  hybridAppOverride: {
    does: "sets the override of the dedicated hybrid application, for all servers",
    text:
      "New-SettingOverride -Name 'EnableExchangeHybrid3PAppFeature' -Component 'Global' -Section " +
      "'ExchangeOnpremAsThirdPartyAppId' -Parameters @('Enabled=true') -Reason 'Dedicated hybrid application'",
  },
  graphOverride: {
    does: "routes hybrid calls by Microsoft Graph, for all servers",
    text:
      "New-SettingOverride -Name 'EnableRouteThroughMSGraph' -Component 'SettingOverride' -Section " +
      "'RouteThroughMSGraph' -Parameters @('Enabled=true') -Reason 'Hybrid calls by Microsoft Graph'",
  },
  refreshOverrides: {
    does: "makes this server read the overrides",
    text:
      "Get-ExchangeDiagnosticInfo -Process 'Microsoft.Exchange.Directory.TopologyService' -Component " +
      "'VariantConfiguration' -Argument 'Refresh'",
  },
  // Server
  exchangeProxy: {
    does: "sends Exchange's own requests through a proxy",
    text: "Set-ExchangeServer '<server>' -InternetWebProxy 'http://<proxy>:<port>'",
  },
  showExchangeProxy: {
    does: "shows the proxy that Exchange uses",
    text: "Get-ExchangeServer | Format-Table Name, InternetWebProxy",
  },
  logRecycles: {
    does: "logs every kind of recycle; this change itself recycles the pool",
    text:
      `${APPCMD} set apppool '<app pool>' ` +
      "'/recycling.logEventOnRecycle:Time,Requests,Schedule,Memory,IsapiUnhealthy,OnDemand,ConfigChange,PrivateMemory'",
  },
  noPeriodicRestart: {
    does: "takes the limits off; this change itself recycles the pool",
    text:
      `${APPCMD} set apppool '<app pool>' /recycling.periodicRestart.time:00:00:00 ` +
      "/recycling.periodicRestart.requests:0 /recycling.periodicRestart.memory:0 " +
      "/recycling.periodicRestart.privateMemory:0",
  },
  noScheduledRestart: {
    does: "takes one time of day off the schedule; this change itself recycles the pool",
    text: `${APPCMD} set apppool '<app pool>' "/-recycling.periodicRestart.schedule.[value='<time of day>']"`,
  },
  showWorkersOfPools: { does: "shows workers and their pools", text: `${APPCMD} list wp` },
  logFields: {
    does: "logs every field that the detection needs (the same for 'Exchange Back End')",
    text:
      `Set-WebConfigurationProperty ${FRONT_END_LOG}" -Name logExtFileFlags -Value ` +
      "'Date,Time,ClientIP,UserName,ServerIP,Method,UriStem,UriQuery,HttpStatus,Win32Status,TimeTaken,ServerPort,UserAgent,Referer,HttpSubStatus'",
  },
  logEnabled: {
    does: "turns logging of the site on",
    text: `Set-WebConfigurationProperty ${FRONT_END_LOG}" -Name enabled -Value $true`,
  },
  logFormat: {
    does: "logs in the W3C format",
    text: `Set-WebConfigurationProperty ${FRONT_END_LOG}" -Name logFormat -Value 'W3C'`,
  },
  logFlush: {
    does: "writes rows after ten and not when 64 KB are full",
    text: `Set-WebConfigurationProperty ${FRONT_END_LOG}" -Name flushByEntryCountW3CLog -Value 10`,
  },
  logDiagnostics: {
    does: "logs why a token was refused",
    text:
      `Add-WebConfigurationProperty ${FRONT_END_LOG}/customFields" -Name . -Value @{ logFieldName = ` +
      "'x-ms-diagnostics'; sourceName = 'x-ms-diagnostics'; sourceType = 'ResponseHeader' }",
  },
  resyncClock: { does: "sets the clock by its source", text: "w32tm /resync /rediscover" },
  showClock: { does: "shows the source, which must be the domain hierarchy", text: "w32tm /query /status" },
  compareClock: {
    does: "shows how far the clock is off",
    text: "w32tm /stripchart /computer:time.windows.com /samples:3 /dataonly",
  },
  componentActive: {
    does: "brings a component back",
    text: "Set-ServerComponentState '<server>' -Component '<component>' -State Active -Requester Maintenance",
  },
  componentInactive: {
    does: "takes a component out of service",
    text: "Set-ServerComponentState '<server>' -Component '<component>' -State Inactive -Requester Maintenance",
  },
  showComponents: {
    does: "shows the states, and who asked for them",
    text: "Get-ServerComponentState '<server>' | Format-Table Component, State",
  },
  showUser: {
    does: "shows how Exchange knows the user",
    text: "Get-Mailbox '<user>' | Format-List UserPrincipalName, PrimarySmtpAddress, IsDirSynced",
  },
  // Microsoft Graph PowerShell
  showGraphUser: {
    does: "shows how Entra ID knows the user",
    text: "Get-MgUser -UserId '<UPN>' -Property OnPremisesSyncEnabled, ProxyAddresses",
  },
  readServicePrincipal: {
    does: "reads the application of Exchange Online",
    text: "$app = Get-MgServicePrincipal -Filter \"AppId eq '00000002-0000-0ff1-ce00-000000000000'\"",
  },
  showServicePrincipalNames: { does: "shows its names", text: "$app.ServicePrincipalNames" },
  addServicePrincipalName: {
    does: "adds a URL to them",
    text: "Update-MgServicePrincipal -ServicePrincipalId $app.Id -ServicePrincipalNames ($app.ServicePrincipalNames + '<missing URL>')",
  },
} as const satisfies Readonly<Record<string, CatalogueCommand>>;

export type CommandId = keyof typeof COMMANDS;

/** Values for the words in angle brackets; a list gives several arguments. */
export type CommandValues = Readonly<Record<string, string | readonly string[]>>;

/**
 * Text of a command with its placeholders replaced. A placeholder that fills its quotes (`'<server>'`) takes any text
 * and quotes it for PowerShell. A placeholder inside a longer text (`'<server>\EWS …'`) is replaced within it.
 * Placeholders without a value stay for the reader.
 */
export function command(id: CommandId, values: CommandValues = {}): string {
  let { text }: CatalogueCommand = COMMANDS[id];
  for (const [name, value] of Object.entries(values)) {
    const filled = typeof value === "string" ? quoted(value) : value.map(quoted).join(", ");
    const inside = typeof value === "string" ? quoted(value).slice(1, -1) : "";
    text = text.replaceAll(`'<${name}>'`, () => filled).replaceAll(`<${name}>`, () => inside);
  }
  return text;
}

/** A command for one virtual directory: its identity replaces the sample identity. */
export function commandAt(id: CommandId, identity: string, values: CommandValues = {}): string {
  // Sample: '<server>\EWS (Default Web Site)'
  return command(id, values).replace(/'<server>\\[^']*'/, () => quoted(identity));
}

/**
 * A note for the reader, as a PowerShell comment, so that a whole remedy can be pasted. Line breaks become blanks,
 * because they would end the comment.
 */
export function note(text: string): string {
  return `# ${text.replace(/\s+/g, " ")}`;
}

/** A remedy: commands and notes to paste in this order. */
export function remedy(...lines: readonly string[]): string {
  return lines.join("\n");
}

/** One line of a remedy. */
export interface RemedyLine {
  readonly kind: "command" | "note";
  /** For a note, without its `#`. */
  readonly text: string;
}

/** The lines of a remedy. */
export function remedyLines(text: string): readonly RemedyLine[] {
  return text.split("\n").map((line) => {
    if (line.startsWith("# ")) return { kind: "note", text: line.slice(2) };
    return { kind: "command", text: line };
  });
}

/**
 * Quotes a text as one PowerShell argument in single quotes. Typographic quotes also end a PowerShell string, so they
 * are doubled too.
 */
export function quoted(text: string): string {
  // Sample: EvoSts - O'Neill
  return `'${text.replace(/[\r\n]+/g, " ").replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}
