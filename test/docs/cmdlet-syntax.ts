/** Published syntax of the printed commands: an excerpt with the parameters that they use. */
export interface Cmdlet {
  readonly source: string;
  /** Parameter sets: the parameters by name, and the positional ones in order. */
  readonly sets: readonly {
    readonly parameters: Readonly<Record<string, "value" | "switch">>;
    readonly positional: readonly string[];
  }[];
}

/** SYNTAX blocks of the reference pages, one per cmdlet. */
const EXCHANGE = "MicrosoftDocs/office-docs-powershell, exchange/exchange-ps/ExchangePowerShell, 21 August 2026";
const WINDOWS =
  "learn.microsoft.com/powershell/module: Microsoft.PowerShell.* 5.1, CimCmdlets, WebAdministration, Windows Server";
const GRAPH = "learn.microsoft.com/powershell/module/microsoft.graph: Applications, Users";
const CSS = "microsoft/CSS-Exchange: the param block of the script";

/** Programs, scripts of this product and calls by path: their arguments are not PowerShell parameters. */
export const NATIVE_COMMANDS =
  /^(w32tm|icacls|curl\.exe|cd|hma-exporter|wevtutil|repadmin|iisreset|netsh|signtool|\.\\(un)?install\.ps1|.*\\appcmd\.exe|.*\\hma-exporter\.exe)$/i;

export const CMDLETS: Readonly<Record<string, Cmdlet>> = {
  ".\\ConfigureExchangeHybridApplication.ps1": {
    source: CSS,
    sets: [
      { parameters: { FullyConfigureExchangeHybridApplication: "switch" }, positional: [] },
      {
        parameters: {
          UpdateCertificate: "switch",
          CreateApplication: "switch",
          ConfigureAuthServer: "switch",
          EnableExchangeHybridApplicationOverride: "switch",
        },
        positional: [],
      },
      { parameters: { ResetFirstPartyServicePrincipalKeyCredentials: "switch" }, positional: [] },
    ],
  },
  ".\\MonitorExchangeAuthCertificate.ps1": {
    source: CSS,
    sets: [
      {
        parameters: {
          ValidateAndRenewAuthCertificate: "value",
          IgnoreHybridConfig: "value",
          IgnoreUnreachableServers: "value",
          CustomCertificateLifetimeInDays: "value",
        },
        positional: [],
      },
    ],
  },
  "Add-WebConfigurationProperty": {
    source: WINDOWS,
    sets: [{ parameters: { PSPath: "value", Filter: "value", Name: "value", Value: "value" }, positional: [] }],
  },
  "ConvertTo-Json": {
    source: WINDOWS,
    sets: [{ parameters: { Depth: "value" }, positional: [] }],
  },
  "Copy-Item": {
    source: WINDOWS,
    sets: [
      { parameters: { Path: "value", Destination: "value", Recurse: "switch" }, positional: ["Path", "Destination"] },
    ],
  },
  "Export-ExchangeCertificate": {
    source: EXCHANGE,
    sets: [
      {
        parameters: { Identity: "value", BinaryEncoded: "switch", Password: "value", WhatIf: "switch" },
        positional: ["Identity"],
      },
      {
        parameters: {
          Thumbprint: "value",
          BinaryEncoded: "switch",
          Password: "value",
          Server: "value",
          WhatIf: "switch",
        },
        positional: ["Thumbprint"],
      },
    ],
  },
  "ForEach-Object": {
    source: WINDOWS,
    sets: [{ parameters: { Process: "value" }, positional: ["Process"] }],
  },
  "Format-List": {
    source: WINDOWS,
    sets: [{ parameters: { Property: "value" }, positional: ["Property"] }],
  },
  "Format-Table": {
    source: WINDOWS,
    sets: [{ parameters: { Property: "value", Wrap: "switch" }, positional: ["Property"] }],
  },
  "Get-AuthConfig": {
    source: EXCHANGE,
    sets: [{ parameters: {}, positional: [] }],
  },
  "Get-AuthServer": {
    source: EXCHANGE,
    sets: [{ parameters: { Identity: "value" }, positional: ["Identity"] }],
  },
  "Get-AuthenticationPolicy": {
    source: EXCHANGE,
    sets: [{ parameters: { Identity: "value" }, positional: ["Identity"] }],
  },
  "Get-AuthenticodeSignature": {
    source: WINDOWS,
    sets: [{ parameters: { FilePath: "value" }, positional: ["FilePath"] }],
  },
  "Get-CASMailbox": {
    source: EXCHANGE,
    sets: [
      { parameters: { Filter: "value", ResultSize: "value" }, positional: [] },
      { parameters: { Identity: "value", Filter: "value", ResultSize: "value" }, positional: ["Identity"] },
    ],
  },
  "Get-ChildItem": {
    source: WINDOWS,
    sets: [
      {
        parameters: { Path: "value", Filter: "value", Recurse: "switch", File: "switch" },
        positional: ["Path", "Filter"],
      },
    ],
  },
  "Get-CimInstance": {
    source: WINDOWS,
    sets: [{ parameters: { ClassName: "value", Filter: "value" }, positional: ["ClassName"] }],
  },
  "Get-Command": {
    source: WINDOWS,
    sets: [{ parameters: { Name: "value" }, positional: ["Name"] }],
  },
  "Get-Content": {
    source: WINDOWS,
    sets: [
      { parameters: { Path: "value", Tail: "value", Wait: "switch" }, positional: ["Path"] },
      { parameters: { Path: "value", TotalCount: "value" }, positional: ["Path"] },
    ],
  },
  "Get-Counter": {
    source: WINDOWS,
    sets: [{ parameters: { Counter: "value" }, positional: ["Counter"] }],
  },
  "Get-Date": {
    source: WINDOWS,
    sets: [{ parameters: { Date: "value" }, positional: ["Date"] }],
  },
  "Get-ExchangeCertificate": {
    source: EXCHANGE,
    sets: [
      { parameters: { Identity: "value", DomainName: "value" }, positional: ["Identity"] },
      { parameters: { DomainName: "value", Server: "value" }, positional: [] },
      { parameters: { Thumbprint: "value", DomainName: "value", Server: "value" }, positional: ["Thumbprint"] },
    ],
  },
  "Get-ExchangeDiagnosticInfo": {
    source: EXCHANGE,
    sets: [
      { parameters: { Argument: "value", Component: "value", Process: "value", Server: "value" }, positional: [] },
    ],
  },
  "Get-ExchangeServer": {
    source: EXCHANGE,
    sets: [
      { parameters: {}, positional: [] },
      { parameters: { Identity: "value" }, positional: ["Identity"] },
    ],
  },
  "Get-Help": {
    source: WINDOWS,
    sets: [{ parameters: { Name: "value", Full: "switch" }, positional: ["Name"] }],
  },
  "Get-ItemProperty": {
    source: WINDOWS,
    sets: [{ parameters: { Path: "value" }, positional: ["Path"] }],
  },
  "Get-LocalGroupMember": {
    source: WINDOWS,
    sets: [{ parameters: { Group: "value", SID: "value" }, positional: ["Group"] }],
  },
  "Get-Mailbox": {
    source: EXCHANGE,
    sets: [
      { parameters: { Arbitration: "switch", Filter: "value", ResultSize: "value" }, positional: [] },
      {
        parameters: { Identity: "value", Arbitration: "switch", Filter: "value", ResultSize: "value" },
        positional: ["Identity"],
      },
      { parameters: { Server: "value", Arbitration: "switch", Filter: "value", ResultSize: "value" }, positional: [] },
      { parameters: { Filter: "value", ResultSize: "value" }, positional: [] },
    ],
  },
  "Get-ManagementRoleAssignment": {
    source: EXCHANGE,
    sets: [
      { parameters: { Identity: "value", Enabled: "value" }, positional: ["Identity"] },
      { parameters: { Enabled: "value", RoleAssignee: "value" }, positional: [] },
    ],
  },
  "Get-MapiVirtualDirectory": {
    source: EXCHANGE,
    sets: [
      { parameters: { Server: "value", ADPropertiesOnly: "switch" }, positional: [] },
      { parameters: { Identity: "value", ADPropertiesOnly: "switch" }, positional: ["Identity"] },
    ],
  },
  "Get-MgServicePrincipal": {
    source: GRAPH,
    sets: [{ parameters: { Filter: "value" }, positional: [] }],
  },
  "Get-MgUser": {
    source: GRAPH,
    sets: [{ parameters: { UserId: "value", Property: "value" }, positional: [] }],
  },
  "Get-NetFirewallAddressFilter": {
    source: WINDOWS,
    sets: [{ parameters: {}, positional: [] }],
  },
  "Get-NetFirewallRule": {
    source: WINDOWS,
    sets: [{ parameters: { Name: "value" }, positional: ["Name"] }],
  },
  "Get-OrganizationConfig": {
    source: EXCHANGE,
    sets: [{ parameters: {}, positional: [] }],
  },
  "Get-PartnerApplication": {
    source: EXCHANGE,
    sets: [{ parameters: { Identity: "value" }, positional: ["Identity"] }],
  },
  "Get-ServerComponentState": {
    source: EXCHANGE,
    sets: [{ parameters: { Identity: "value", Component: "value" }, positional: ["Identity"] }],
  },
  "Get-Service": {
    source: WINDOWS,
    sets: [{ parameters: { Name: "value" }, positional: ["Name"] }],
  },
  "Get-SettingOverride": {
    source: EXCHANGE,
    sets: [{ parameters: { Identity: "value" }, positional: ["Identity"] }],
  },
  "Get-Volume": {
    source: WINDOWS,
    sets: [{ parameters: { DriveLetter: "value" }, positional: ["DriveLetter"] }],
  },
  "Get-WebConfigurationProperty": {
    source: WINDOWS,
    sets: [{ parameters: { PSPath: "value", Filter: "value", Name: "value" }, positional: [] }],
  },
  "Get-WebServicesVirtualDirectory": {
    source: EXCHANGE,
    sets: [
      { parameters: { Server: "value", ADPropertiesOnly: "switch" }, positional: [] },
      { parameters: { Identity: "value", ADPropertiesOnly: "switch" }, positional: ["Identity"] },
    ],
  },
  "Get-Website": {
    source: WINDOWS,
    sets: [{ parameters: { Name: "value" }, positional: ["Name"] }],
  },
  "Get-WinEvent": {
    source: WINDOWS,
    sets: [{ parameters: { FilterHashtable: "value", MaxEvents: "value", LogName: "value" }, positional: ["LogName"] }],
  },
  "Group-Object": {
    source: WINDOWS,
    sets: [{ parameters: { Property: "value", NoElement: "switch" }, positional: ["Property"] }],
  },
  "Import-Clixml": {
    source: WINDOWS,
    sets: [{ parameters: { Path: "value" }, positional: ["Path"] }],
  },
  "Import-Module": {
    source: WINDOWS,
    sets: [{ parameters: { Name: "value" }, positional: ["Name"] }],
  },
  "Invoke-RestMethod": {
    source: WINDOWS,
    sets: [
      {
        parameters: {
          Uri: "value",
          Method: "value",
          UseBasicParsing: "switch",
          Body: "value",
          ContentType: "value",
          Headers: "value",
        },
        positional: ["Uri"],
      },
    ],
  },
  "Invoke-WebRequest": {
    source: WINDOWS,
    sets: [
      {
        parameters: { Uri: "value", UseBasicParsing: "switch", Proxy: "value", TimeoutSec: "value" },
        positional: ["Uri"],
      },
    ],
  },
  "Join-Path": {
    source: WINDOWS,
    sets: [{ parameters: { Path: "value", ChildPath: "value" }, positional: ["Path", "ChildPath"] }],
  },
  "Measure-Object": {
    source: WINDOWS,
    sets: [{ parameters: { Property: "value", Average: "switch", Maximum: "switch" }, positional: ["Property"] }],
  },
  "New-ExchangeCertificate": {
    source: EXCHANGE,
    sets: [
      {
        parameters: {
          DomainName: "value",
          Force: "switch",
          FriendlyName: "value",
          KeySize: "value",
          PrivateKeyExportable: "value",
          Server: "value",
          SubjectName: "value",
          WhatIf: "switch",
        },
        positional: [],
      },
    ],
  },
  "New-ScheduledTaskAction": {
    source: WINDOWS,
    sets: [{ parameters: { Execute: "value", Argument: "value" }, positional: ["Execute", "Argument"] }],
  },
  "New-ScheduledTaskPrincipal": {
    source: WINDOWS,
    sets: [{ parameters: { UserId: "value", LogonType: "value" }, positional: ["UserId", "LogonType"] }],
  },
  "New-ScheduledTaskTrigger": {
    source: WINDOWS,
    sets: [{ parameters: { Once: "switch", At: "value", RepetitionInterval: "value" }, positional: [] }],
  },
  "New-SettingOverride": {
    source: EXCHANGE,
    sets: [
      {
        parameters: {
          Name: "value",
          Component: "value",
          Parameters: "value",
          Reason: "value",
          Section: "value",
          Force: "switch",
          Server: "value",
          WhatIf: "switch",
        },
        positional: ["Name"],
      },
    ],
  },
  "New-SmbShare": {
    source: WINDOWS,
    sets: [
      {
        parameters: { Name: "value", Path: "value", ReadAccess: "value", EncryptData: "value", CachingMode: "value" },
        positional: ["Name", "Path"],
      },
    ],
  },
  "New-TimeSpan": {
    source: WINDOWS,
    sets: [{ parameters: { Minutes: "value", Hours: "value" }, positional: [] }],
  },
  "Out-Null": {
    source: WINDOWS,
    sets: [{ parameters: {}, positional: [] }],
  },
  "Register-ScheduledTask": {
    source: WINDOWS,
    sets: [
      {
        parameters: { TaskName: "value", Action: "value", Trigger: "value", Principal: "value" },
        positional: ["TaskName", "Action"],
      },
    ],
  },
  "Remove-AuthServer": {
    source: EXCHANGE,
    sets: [{ parameters: { Identity: "value", WhatIf: "switch" }, positional: ["Identity"] }],
  },
  "Remove-SettingOverride": {
    source: EXCHANGE,
    sets: [{ parameters: { Identity: "value", WhatIf: "switch" }, positional: ["Identity"] }],
  },
  "Restart-Service": {
    source: WINDOWS,
    sets: [{ parameters: { Name: "value" }, positional: ["Name"] }],
  },
  "Restart-WebAppPool": {
    source: WINDOWS,
    sets: [{ parameters: { Name: "value" }, positional: ["Name"] }],
  },
  "Search-AdminAuditLog": {
    source: EXCHANGE,
    sets: [{ parameters: { Cmdlets: "value", Parameters: "value", ResultSize: "value" }, positional: [] }],
  },
  "Select-Object": {
    source: WINDOWS,
    sets: [
      {
        parameters: { Property: "value", First: "value", Last: "value", ExpandProperty: "value", Skip: "value" },
        positional: ["Property"],
      },
    ],
  },
  "Select-String": {
    source: WINDOWS,
    sets: [{ parameters: { Pattern: "value" }, positional: ["Pattern"] }],
  },
  "Set-ActiveSyncVirtualDirectory": {
    source: EXCHANGE,
    sets: [
      {
        parameters: {
          Identity: "value",
          ExternalAuthenticationMethods: "value",
          ExternalUrl: "value",
          InternalAuthenticationMethods: "value",
          InternalUrl: "value",
          Name: "value",
          WhatIf: "switch",
        },
        positional: ["Identity"],
      },
    ],
  },
  "Set-AuthConfig": {
    source: EXCHANGE,
    sets: [
      { parameters: { Force: "switch", Server: "value", WhatIf: "switch" }, positional: [] },
      {
        parameters: {
          ClearPreviousCertificate: "switch",
          PublishCertificate: "switch",
          Force: "switch",
          WhatIf: "switch",
        },
        positional: [],
      },
      {
        parameters: {
          NewCertificateEffectiveDate: "value",
          NewCertificateThumbprint: "value",
          Force: "switch",
          Server: "value",
          WhatIf: "switch",
        },
        positional: [],
      },
      { parameters: { Realm: "value", ServiceName: "value", WhatIf: "switch" }, positional: [] },
    ],
  },
  "Set-AuthServer": {
    source: EXCHANGE,
    sets: [
      {
        parameters: { Identity: "value", DomainName: "value", Enabled: "value", Name: "value", WhatIf: "switch" },
        positional: ["Identity"],
      },
      {
        parameters: {
          Identity: "value",
          IsDefaultAuthorizationEndpoint: "value",
          DomainName: "value",
          Enabled: "value",
          Name: "value",
          WhatIf: "switch",
        },
        positional: ["Identity"],
      },
      {
        parameters: {
          Identity: "value",
          RefreshAuthMetadata: "switch",
          DomainName: "value",
          Enabled: "value",
          Name: "value",
          WhatIf: "switch",
        },
        positional: ["Identity"],
      },
    ],
  },
  "Set-AuthenticationPolicy": {
    source: EXCHANGE,
    sets: [
      {
        parameters: {
          Identity: "value",
          BlockModernAuthActiveSync: "switch",
          BlockModernAuthAutodiscover: "switch",
          BlockModernAuthMapi: "switch",
          BlockModernAuthOfflineAddressBook: "switch",
          BlockModernAuthRpc: "switch",
          BlockModernAuthWebServices: "switch",
          WhatIf: "switch",
        },
        positional: ["Identity"],
      },
    ],
  },
  "Set-AutodiscoverVirtualDirectory": {
    source: EXCHANGE,
    sets: [
      {
        parameters: {
          Identity: "value",
          BasicAuthentication: "value",
          DigestAuthentication: "value",
          ExternalUrl: "value",
          InternalUrl: "value",
          OAuthAuthentication: "value",
          WhatIf: "switch",
        },
        positional: ["Identity"],
      },
    ],
  },
  "Set-Content": {
    source: WINDOWS,
    sets: [{ parameters: { Path: "value" }, positional: ["Path"] }],
  },
  "Set-EcpVirtualDirectory": {
    source: EXCHANGE,
    sets: [
      {
        parameters: {
          Identity: "value",
          AdfsAuthentication: "value",
          BasicAuthentication: "value",
          DigestAuthentication: "value",
          ExternalAuthenticationMethods: "value",
          ExternalUrl: "value",
          FormsAuthentication: "value",
          InternalUrl: "value",
          OAuthAuthentication: "value",
          WhatIf: "switch",
        },
        positional: ["Identity"],
      },
    ],
  },
  "Set-ExchangeServer": {
    source: EXCHANGE,
    sets: [
      { parameters: { Identity: "value", InternetWebProxy: "value", WhatIf: "switch" }, positional: ["Identity"] },
    ],
  },
  "Set-MapiVirtualDirectory": {
    source: EXCHANGE,
    sets: [
      {
        parameters: {
          Identity: "value",
          ExternalUrl: "value",
          IISAuthenticationMethods: "value",
          InternalUrl: "value",
          WhatIf: "switch",
        },
        positional: ["Identity"],
      },
    ],
  },
  "Set-OabVirtualDirectory": {
    source: EXCHANGE,
    sets: [
      {
        parameters: {
          Identity: "value",
          BasicAuthentication: "value",
          ExternalUrl: "value",
          InternalUrl: "value",
          OAuthAuthentication: "value",
          WhatIf: "switch",
        },
        positional: ["Identity"],
      },
    ],
  },
  "Set-OrganizationConfig": {
    source: EXCHANGE,
    sets: [
      { parameters: { OAuth2ClientProfileEnabled: "value", WhatIf: "switch" }, positional: [] },
      {
        parameters: {
          EnableAuthAdminReadSession: "switch",
          MapiHttpEnabled: "value",
          OAuth2ClientProfileEnabled: "value",
          WhatIf: "switch",
        },
        positional: [],
      },
      { parameters: { Force: "switch", WhatIf: "switch" }, positional: [] },
    ],
  },
  "Set-OwaVirtualDirectory": {
    source: EXCHANGE,
    sets: [
      {
        parameters: {
          Identity: "value",
          AdfsAuthentication: "value",
          BasicAuthentication: "value",
          DigestAuthentication: "value",
          ExternalAuthenticationMethods: "value",
          ExternalUrl: "value",
          FormsAuthentication: "value",
          InternalUrl: "value",
          OAuthAuthentication: "value",
          WhatIf: "switch",
        },
        positional: ["Identity"],
      },
    ],
  },
  "Set-PartnerApplication": {
    source: EXCHANGE,
    sets: [
      {
        parameters: { Identity: "value", Realm: "value", Enabled: "value", Name: "value", WhatIf: "switch" },
        positional: ["Identity"],
      },
      {
        parameters: { Identity: "value", Enabled: "value", Name: "value", WhatIf: "switch" },
        positional: ["Identity"],
      },
      {
        parameters: {
          Identity: "value",
          RefreshAuthMetadata: "switch",
          Enabled: "value",
          Name: "value",
          WhatIf: "switch",
        },
        positional: ["Identity"],
      },
    ],
  },
  "Set-ServerComponentState": {
    source: EXCHANGE,
    sets: [
      {
        parameters: { Identity: "value", Component: "value", Requester: "value", State: "value", WhatIf: "switch" },
        positional: ["Identity"],
      },
    ],
  },
  "Set-WebConfigurationProperty": {
    source: WINDOWS,
    sets: [{ parameters: { PSPath: "value", Filter: "value", Name: "value", Value: "value" }, positional: [] }],
  },
  "Set-WebServicesVirtualDirectory": {
    source: EXCHANGE,
    sets: [
      {
        parameters: {
          Identity: "value",
          BasicAuthentication: "value",
          DigestAuthentication: "value",
          ExternalUrl: "value",
          Force: "switch",
          InternalUrl: "value",
          OAuthAuthentication: "value",
          WhatIf: "switch",
        },
        positional: ["Identity"],
      },
    ],
  },
  "Sort-Object": {
    source: WINDOWS,
    sets: [{ parameters: { Property: "value", Descending: "switch" }, positional: ["Property"] }],
  },
  "Start-Sleep": {
    source: WINDOWS,
    sets: [{ parameters: { Seconds: "value" }, positional: ["Seconds"] }],
  },
  "Unblock-File": {
    source: WINDOWS,
    sets: [{ parameters: { Path: "value" }, positional: ["Path"] }],
  },
  "Update-MgServicePrincipal": {
    source: GRAPH,
    sets: [{ parameters: { ServicePrincipalId: "value", ServicePrincipalNames: "value" }, positional: [] }],
  },
  "Where-Object": {
    source: WINDOWS,
    sets: [{ parameters: { FilterScript: "value" }, positional: ["FilterScript"] }],
  },
};
