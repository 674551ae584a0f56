using System.Text;
using System.Text.Json;

namespace Engram.Benchmarks.Reports;

/// <summary>One JSON object and nothing else.</summary>
internal sealed class JsonReport(TextWriter output) : Report(output)
{
    private readonly List<Measurement> measurements = [];
    private double limitGflops;

    public override void Begin(double limitGflops, int repetitions) => this.limitGflops = limitGflops;

    public override void Add(Measurement measurement) => measurements.Add(measurement);

    public override void End()
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("machine", Machine);
            json.WriteNumber("limitGflops", limitGflops);
            json.WriteStartArray("works");
            foreach (Measurement measurement in measurements) { Write(json, measurement); }
            json.WriteEndArray();
            json.WriteEndObject();
        }

        Output.WriteLine(Encoding.UTF8.GetString(memory.GetBuffer(), 0, (int)memory.Length));
    }

    private static void Write(Utf8JsonWriter json, Measurement measurement)
    {
        PeerTime? peer = measurement.FastestPeer;
        json.WriteStartObject();
        json.WriteString("work", measurement.Work.Name);
        json.WriteString("unit", measurement.Work.Unit);
        json.WriteNumber("seconds", measurement.Median);
        json.WriteNumber("fastestSeconds", measurement.Seconds[0]);
        json.WriteNumber("slowestSeconds", measurement.Seconds[^1]);
        Number(json, "gflops", measurement.Gflops);
        Number(json, "share", measurement.Share);
        Number(json, "readingSeconds", measurement.ReadingSeconds);
        json.WriteString("peer", peer?.Peer);
        Number(json, "peerSeconds", peer?.Seconds);
        Number(json, "peakBytes", measurement.PeakBytes);
        Number(json, "allocatedBytesPerStep", measurement.AllocatedBytesPerStep);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) { json.WriteNumber(name, number); }
        else { json.WriteNull(name); }
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) { json.WriteNumber(name, number); }
        else { json.WriteNull(name); }
    }
}
