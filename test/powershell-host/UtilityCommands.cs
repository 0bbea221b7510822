using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PowerShellHost;

/// <summary>What the scripts use of ConvertTo-Json: -InputObject, -Depth, -Compress, and texts, numbers, flags, lists and dictionaries.</summary>
[Cmdlet(VerbsData.ConvertTo, "Json")]
public sealed class ConvertToJsonCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)] [AllowNull] public object? InputObject { get; set; }
    [Parameter] public int Depth { get; set; } = 2;
    [Parameter] public SwitchParameter Compress { get; set; }

    protected override void EndProcessing()
    {
        using var buffer = new MemoryStream();
        var options = new JsonWriterOptions { Indented = !Compress, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(buffer, options)) Write(writer, InputObject, 0);
        WriteObject(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private void Write(Utf8JsonWriter writer, object? value, int depth)
    {
        object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        if (value is PSObject && plain is Array) throw new PSArgumentException("Cannot write JSON: Windows PowerShell 5.1 would write this wrapped list as an object");
        switch (plain)
        {
            case null: writer.WriteNullValue(); break;
            case string text: writer.WriteStringValue(text); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case int or long or short or byte or uint: writer.WriteNumberValue(Convert.ToInt64(plain, CultureInfo.InvariantCulture)); break;
            case double or float or decimal: writer.WriteNumberValue(Convert.ToDouble(plain, CultureInfo.InvariantCulture)); break;
            // Like the cmdlet: what lies deeper becomes text.
            case not null when depth > Depth: writer.WriteStringValue(plain.ToString()); break;
            case IDictionary map:
                writer.WriteStartObject();
                foreach (DictionaryEntry entry in map) { writer.WritePropertyName(entry.Key.ToString()!); Write(writer, entry.Value, depth + 1); }
                writer.WriteEndObject();
                break;
            case IEnumerable list:
                writer.WriteStartArray();
                foreach (object? item in list) Write(writer, item, depth + 1);
                writer.WriteEndArray();
                break;
            // Windows PowerShell 5.1 and PowerShell 7 write these in different ways: a script that gives one is at fault.
            default: throw new PSArgumentException($"Cannot write JSON: a {plain!.GetType()} is no plain value");
        }
    }
}

/// <summary>What the scripts use of ConvertFrom-Json: -InputObject. Objects become PSCustomObject; texts that look like a time, DateTime, as in PowerShell 7.</summary>
[Cmdlet(VerbsData.ConvertFrom, "Json")]
public sealed class ConvertFromJsonCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)] public string InputObject { get; set; } = "";

    protected override void EndProcessing()
    {
        using var document = JsonDocument.Parse(InputObject);
        WriteObject(Read(document.RootElement), enumerateCollection: false);
    }

    private static object? Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => ReadObject(element),
        JsonValueKind.Array => element.EnumerateArray().Select(Read).ToArray(),
        JsonValueKind.String => element.TryGetDateTime(out var instant) ? instant : element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out var whole) ? whole : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static PSObject ReadObject(JsonElement element)
    {
        var result = new PSObject();
        foreach (var property in element.EnumerateObject()) result.Properties.Add(new PSNoteProperty(property.Name, Read(property.Value)));
        return result;
    }
}
