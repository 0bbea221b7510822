# Runs an installation script where there is no Windows: commands of Windows only write down that they were called.
# Each of `Runs` has a Script, its Parameters, and the Folder in which the stand-ins write and installations stand.
param([object[]] $Runs)
function global:Write-Call([string] $Text) { [IO.File]::AppendAllText($global:Calls, "$Text`n") }
function global:Get-Service {
    param([string] $Name, $ErrorAction)
    if (-not [IO.File]::Exists($global:Mark)) { return $null }
    return [pscustomobject] @{ Name = $Name; Status = [IO.File]::ReadAllText($global:Mark) }
}
function global:Start-Service {
    param([string] $Name, $ErrorAction)
    Write-Call "Start-Service $Name"
    # A program that says "faulty" does not go on running.
    $isFaulty = [IO.File]::ReadAllText([IO.Path]::Combine($env:HMA_TEST, 'program', 'hma-exporter.exe')).Contains('faulty')
    [IO.File]::WriteAllText($global:Mark, $(if ($isFaulty) { 'Stopped' } else { 'Running' }))
}
function global:Stop-Service { param([string] $Name, $ErrorAction) Write-Call "Stop-Service $Name"; [IO.File]::WriteAllText($global:Mark, 'Stopped') }
function global:New-EventLog { param($LogName, $Source, $ErrorAction) Write-Call "New-EventLog $LogName $Source" }
function global:Remove-EventLog { param($Source, $ErrorAction) Write-Call "Remove-EventLog $Source" }
function global:New-NetFirewallRule { param($Name, $DisplayName, $Direction, $Action, $Protocol, $LocalPort, $RemoteAddress, $Program) Write-Call "New-NetFirewallRule $Name $Direction $Action $Protocol $LocalPort from $RemoteAddress" }
function global:Remove-NetFirewallRule { param($Name, $ErrorAction) Write-Call "Remove-NetFirewallRule $Name" }
function global:Add-LocalGroupMember { param($SID, $Member, $ErrorAction) Write-Call "Add-LocalGroupMember $SID $Member" }
function global:Remove-LocalGroupMember { param($SID, $Member, $ErrorAction) Write-Call "Remove-LocalGroupMember $SID $Member" }
function global:sc.exe { Write-Call "sc.exe $args"; if ($args[0] -eq 'delete') { [IO.File]::Delete($global:Mark) }; $global:LASTEXITCODE = 0 }
function global:icacls.exe { Write-Call "icacls.exe $args"; $global:LASTEXITCODE = 0 }
# Security descriptors as the test gives them by path; administrators' alone for all others.
function global:Get-Acl {
    param([string] $LiteralPath)
    $file = [IO.Path]::Combine($env:HMA_TEST, 'acls.json')
    $sddl = 'O:BAG:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)'
    if ([IO.File]::Exists($file)) {
        $given = ConvertFrom-Json ([IO.File]::ReadAllText($file))
        $property = $given.PSObject.Properties[$LiteralPath]
        if ($null -ne $property) { $sddl = $property.Value }
    }
    return [pscustomobject] @{ Sddl = $sddl }
}
# Runs one after the other in this session, for to start PowerShell takes longer than to install.
$answers = foreach ($run in $Runs) {
    $env:HMA_TEST = $run.Folder
    $global:Calls = [IO.Path]::Combine($run.Folder, 'calls')
    $global:Mark = [IO.Path]::Combine($run.Folder, 'service')
    [IO.File]::Delete($global:Calls)
    $given = @{}
    foreach ($property in $run.Parameters.PSObject.Properties) { $given[$property.Name] = $property.Value }
    $answer = try { @{ said = "$(& $run.Script @given)"; failed = '' } }
    catch { @{ said = ''; failed = "$($_.Exception.Message)" } }
    $answer.calls = $(if ([IO.File]::Exists($global:Calls)) { [IO.File]::ReadAllText($global:Calls) } else { '' })
    # Names of what stands in the folder and in the program's folder after the run.
    foreach ($at in 'folder', 'program') {
        $path = $(if ($at -eq 'folder') { $run.Folder } else { [IO.Path]::Combine($run.Folder, 'program') })
        $names = $(if ([IO.Directory]::Exists($path)) { [IO.Directory]::GetFileSystemEntries($path) | ForEach-Object { [IO.Path]::GetFileName($_) } })
        $answer[$at] = @($names)
    }
    $answer
}
ConvertTo-Json -Depth 4 -Compress -InputObject @($answers)
