# Reads the syntax trees of scripts, and says what of each Windows PowerShell 5.1 lacks, and what it calls.
param([string[]] $Paths)

function Add-Lacking([string] $What, $Node) {
    [void] $lacking.Add("$What in line $($Node.Extent.StartLineNumber)")
}

function Test-Flag($Node, [string] $Name) {
    $property = $Node.PSObject.Properties[$Name]
    return $null -ne $property -and $property.Value -eq $true
}

function Get-Inspection([string] $Path) {
    $tokens = $null
    $problems = $null
    $tree = [Management.Automation.Language.Parser]::ParseFile($Path, [ref] $tokens, [ref] $problems)
    $lacking = [Collections.ArrayList]::new()
    $commands = [Collections.ArrayList]::new()
    $dynamic = [Collections.ArrayList]::new()
    $members = [Collections.ArrayList]::new()
    $functions = [Collections.ArrayList]::new()
    # Lines that a script makes script blocks of: they stand in it as texts.
    $lines = @($tree.FindAll({ $args[0].GetType().Name -eq 'StringConstantExpressionAst' -and $args[0].Value -match '^Get-\w+ -' }, $true) | ForEach-Object { $_.Value })
    $nodes = @($tree.FindAll({ $true }, $true))
    foreach ($line in $lines) {
        $made = [Management.Automation.Language.Parser]::ParseInput(($line -f 'EX01'), [ref] $null, [ref] $null)
        $nodes += @($made.FindAll({ $args[0].GetType().Name -eq 'CommandAst' }, $true))
    }
    foreach ($node in $nodes) {
        $kind = $node.GetType().Name
        if ($kind -eq 'TernaryExpressionAst') { Add-Lacking 'ternary operator' $node }
        if ($kind -eq 'PipelineChainAst') { Add-Lacking 'pipeline chain' $node }
        if (Test-Flag $node 'Background') { Add-Lacking 'background pipeline' $node }
        if (Test-Flag $node 'NullConditional') { Add-Lacking 'null-conditional access' $node }
        if ($kind -eq 'BinaryExpressionAst' -and "$($node.Operator)" -eq 'QuestionQuestion') { Add-Lacking 'null-coalescing operator' $node }
        if ($kind -eq 'AssignmentStatementAst' -and "$($node.Operator)" -eq 'QuestionQuestionEquals') { Add-Lacking 'null-coalescing assignment' $node }
        if ($kind -eq 'NamedBlockAst' -and "$($node.BlockKind)" -eq 'Clean') { Add-Lacking 'clean block' $node }
        if ($kind -eq 'FunctionDefinitionAst') { [void] $functions.Add($node.Name) }
        if ($kind -eq 'FileRedirectionAst' -and "$($node.Location)" -ne '$null') { [void] $dynamic.Add("redirection $($node.Extent.Text)") }
        if ($kind -eq 'UsingStatementAst') { [void] $dynamic.Add("using $($node.Extent.Text)") }
        if ($kind -eq 'InvokeMemberExpressionAst') { [void] $members.Add($node.Expression.Extent.Text + $(if ($node.Static) { '::' } else { '.' }) + $node.Member.Extent.Text) }
        if ($kind -eq 'CommandAst') {
            $name = $node.GetCommandName()
            if ($null -eq $name) { [void] $dynamic.Add("$($node.InvocationOperator) $($node.CommandElements[0].Extent.Text)") }
            else {
                $names = foreach ($element in $node.CommandElements) { if ($element.GetType().Name -eq 'CommandParameterAst') { $element.ParameterName } }
                [void] $commands.Add(@{ name = $name; parameters = @($names) })
            }
        }
    }
    $line = 0
    foreach ($token in $tokens) {
        if ("$($token.Kind)" -like '*String*' -and "$($token.Kind)" -like '*Expandable*' -and $token.Text -match '`(e|u\{)') { Add-Lacking 'escape sequence' $token }
        # Sample: 10u, 1y, 5n
        if ("$($token.Kind)" -eq 'Number' -and $token.Text -match '^(0x[0-9a-f]+|[\d.]+)(u|y|s|n|uy|us|ul)$') { Add-Lacking 'number suffix' $token }
        if ("$($token.Kind)" -eq 'Pipe' -and $token.Extent.StartLineNumber -ne $line) { Add-Lacking 'pipe at the start of a line' $token }
        if ("$($token.Kind)" -ne 'NewLine') { $line = $token.Extent.EndLineNumber }
    }
    $help = $tree.GetHelpContent()
    $hasDescription = $null -ne $help -and "$($help.Synopsis)" -ne '' -and "$($help.Description)" -ne ''
    $undocumented = @()
    if ($null -ne $tree.ParamBlock) {
        $undocumented = @(foreach ($parameter in $tree.ParamBlock.Parameters) {
                $name = $parameter.Name.VariablePath.UserPath
                if ($null -eq $help -or -not $help.Parameters.ContainsKey($name.ToUpperInvariant())) { $name }
            })
    }
    return @{
        problems       = @($problems | ForEach-Object { "$($_.Message) in line $($_.Extent.StartLineNumber)" })
        lacking        = @($lacking)
        commands       = @($commands)
        dynamic        = @($dynamic)
        members        = @($members)
        functions      = @($functions)
        hasDescription = $hasDescription
        undocumented   = $undocumented
        help           = "$(if ($null -ne $help) { $help.Description })"
    }
}

ConvertTo-Json -Depth 6 -Compress -InputObject @(foreach ($path in $Paths) { Get-Inspection $path })
