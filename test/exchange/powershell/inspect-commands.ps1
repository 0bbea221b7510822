# Parses texts with PowerShell, and says of each what is wrong, and which commands it calls with which parameters.
param([string[]] $Texts)

function Get-Element($Command) {
    $elements = @($Command.CommandElements)
    for ($at = 1; $at -lt $elements.Count; $at++) {
        $element = $elements[$at]
        if ($element.GetType().Name -eq 'CommandParameterAst') {
            $attached = if ($null -ne $element.Argument) { $element.Argument.Extent.Text } else { '' }
            @{ kind = 'parameter'; name = $element.ParameterName; attached = $attached }
        } else {
            @{ kind = 'value'; name = $element.Extent.Text; attached = '' }
        }
    }
}

function Get-Inspection([string] $Text) {
    $tokens = $null
    $problems = $null
    $tree = [Management.Automation.Language.Parser]::ParseInput($Text, [ref] $tokens, [ref] $problems)
    $commands = [Collections.ArrayList]::new()
    foreach ($node in $tree.FindAll({ $args[0].GetType().Name -eq 'CommandAst' }, $true)) {
        $name = $node.GetCommandName()
        if ($null -eq $name) { $name = $node.CommandElements[0].Extent.Text }
        $pipeline = $node.Parent
        $isPiped = $pipeline.GetType().Name -eq 'PipelineAst' -and $pipeline.PipelineElements[0] -ne $node
        [void] $commands.Add(@{ name = $name; elements = @(Get-Element $node); isPiped = $isPiped; text = $node.Extent.Text })
    }
    return @{ problems = @($problems | ForEach-Object { "$($_.Message) in line $($_.Extent.StartLineNumber)" }); commands = @($commands) }
}

ConvertTo-Json -Depth 6 -Compress -InputObject @(foreach ($text in $Texts) { Get-Inspection $text })
