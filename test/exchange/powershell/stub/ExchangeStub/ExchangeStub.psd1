@{
    RootModule        = 'ExchangeStub.psm1'
    ModuleVersion     = '1.0.0'
    GUID              = '5d0f6f3b-2c43-4a57-9d4e-3c4f3a1c9f10'
    FunctionsToExport = @(
        'Get-OrganizationConfig', 'Get-AuthConfig', 'Get-AuthServer', 'Get-ExchangeServer', 'Get-PartnerApplication', 'Get-SettingOverride',
        'Get-HybridConfiguration', 'Get-AuthenticationPolicy', 'Get-MapiVirtualDirectory', 'Get-WebServicesVirtualDirectory', 'Get-OabVirtualDirectory',
        'Get-AutodiscoverVirtualDirectory', 'Get-ActiveSyncVirtualDirectory', 'Get-OwaVirtualDirectory', 'Get-EcpVirtualDirectory',
        'Get-ClientAccessService', 'Get-ExchangeCertificate', 'Get-ServerComponentState', 'Get-ExchangeDiagnosticInfo', 'Get-Mailbox',
        'New-PSSession', 'New-PSSessionOption', 'Import-PSSession', 'Invoke-Command', 'Select-Object', 'Remove-PSSession', 'Get-WinEvent', 'Get-Service', 'Get-CimInstance', 'Get-CimClass'
    )
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}
