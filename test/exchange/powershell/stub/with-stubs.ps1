# Runs a script in a session in which the stubs win over commands of the same name.
param([string] $Script, [object] $Parameters)
[void] (Import-Module -Name ([IO.Path]::Combine($PSScriptRoot, 'ExchangeStub', 'ExchangeStub.psd1')) -Global -PassThru)
$given = @{}
if ($null -ne $Parameters) { foreach ($property in $Parameters.PSObject.Properties) { $given[$property.Name] = $property.Value } }
& $Script @given
