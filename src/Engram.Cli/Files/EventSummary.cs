using System.Text.Json;
using Engram.Charts;
using Engram.Cli.Series;
using Engram.Formats.TensorBoard;

namespace Engram.Cli.Files;

/// <summary>What <c>engram inspect</c> shows of an event file of TensorBoard: the values under each name.</summary>
internal sealed class EventSummary
{
    private readonly IReadOnlyList<EventRecord> records;
    private readonly List<Tag> tags;

    private EventSummary(IReadOnlyList<EventRecord> records)
    {
        this.records = records;
        tags = [.. records.SelectMany(record => record.Values.Select(value => (record.Step, Value: value))).GroupBy(entry => (entry.Value.Tag, Kind: Kind(entry.Value)))
            .Select(group => new Tag(group.Key.Tag, group.Key.Kind, group.Count(), group.Min(entry => entry.Step), group.Max(entry => entry.Step), (group.Last().Value as ScalarValue)?.Value))];
    }

    public static EventSummary Of(string path) => new(EventFile.Read(path));

    public void WriteTo(ToolConsole console)
    {
        console.Output.WriteLine();
        var table = new TextTable("values", "kind", "number", "first step", "last step", "last");
        foreach (Tag values in tags)
        {
            table.Add(false, values.Name, values.Kind, $"{values.Count}", $"{values.FirstStep}", $"{values.LastStep}", values.Last is { } last ? NumberText.Significant(last) : "-");
        }

        table.WriteTo(console);
        console.Output.WriteLine($"{Words.Count(records.Count, "record")}, {Words.Count(records.Sum(record => record.Values.Count), "value")}, {Words.Count(Operations, "operation")} in graphs.");
    }

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject("events");
        json.WriteNumber("records", records.Count);
        json.WriteNumber("operations", Operations);
        json.WriteStartArray("values");
        foreach (Tag values in tags)
        {
            json.WriteStartObject();
            json.WriteString("name", values.Name);
            json.WriteString("kind", values.Kind);
            json.WriteNumber("number", values.Count);
            json.WriteNumber("firstStep", values.FirstStep);
            json.WriteNumber("lastStep", values.LastStep);
            if (values.Last is { } last) { json.Number("last", last); }
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private int Operations => records.Sum(record => record.Graph?.Count ?? 0);

    private static string Kind(SummaryValue value) => value switch
    {
        ScalarValue => "scalar",
        HistogramValue => "histogram",
        TextValue => "text",
        OtherValue other => other.Kind,
        _ => "other",
    };

    private sealed record Tag(string Name, string Kind, int Count, long FirstStep, long LastStep, double? Last);
}
