// The PowerShell engine as a program, for machines without PowerShell: takes the command line of `pwsh` as far as the tests use it.
//
//   powershell-host [-NoProfile …] -Command -            commands from standard input, one a line
//   powershell-host [-NoProfile …] -File SCRIPT [ARGS]   a script with its parameters
//
// The package System.Management.Automation has the language, the pipeline, Where-Object, ForEach-Object, modules and jobs, and neither the
// Utility nor the Management cmdlets. Those that the scripts call are in UtilityCommands.cs, and there are no others:
// ConvertTo-Json, ConvertFrom-Json.

using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text;
using PowerShellHost;

Console.OutputEncoding = new UTF8Encoding(false);
Console.InputEncoding = new UTF8Encoding(false);

var state = InitialSessionState.CreateDefault2();
state.Commands.Add(new SessionStateCmdletEntry("ConvertTo-Json", typeof(ConvertToJsonCommand), null));
state.Commands.Add(new SessionStateCmdletEntry("ConvertFrom-Json", typeof(ConvertFromJsonCommand), null));
using var runspace = RunspaceFactory.CreateRunspace(state);
runspace.Open();

int file = Array.FindIndex(args, arg => arg.Equals("-File", StringComparison.OrdinalIgnoreCase));
if (file >= 0) return Run(shell => AddScriptFile(shell, args[(file + 1)..])) ? 0 : 1;

while (Console.In.ReadLine() is { } line)
{
    if (line.Trim().Length > 0) Run(shell => shell.AddScript(line));
}
return 0;

bool Run(Action<PowerShell> fill)
{
    using var shell = PowerShell.Create(runspace);
    fill(shell);
    try
    {
        foreach (var result in shell.Invoke()) Console.Out.WriteLine(result);
    }
    catch (RuntimeException error)
    {
        Console.Error.WriteLine(error.Message);
        return false;
    }
    foreach (var error in shell.Streams.Error) Console.Error.WriteLine(error);
    return true;
}

// -Name value, -Switch, and values by position
static void AddScriptFile(PowerShell shell, string[] words)
{
    shell.AddCommand(Path.GetFullPath(words[0]));
    for (int at = 1; at < words.Length; at++)
    {
        bool isName = words[at].StartsWith('-');
        bool hasValue = isName && at + 1 < words.Length && !words[at + 1].StartsWith('-');
        if (!isName) shell.AddArgument(words[at]);
        else if (hasValue) shell.AddParameter(words[at][1..], words[++at]);
        else shell.AddParameter(words[at][1..]);
    }
}
