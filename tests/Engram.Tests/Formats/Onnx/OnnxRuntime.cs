using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Tests.Formats.Onnx;

/// <summary>An array that goes into a file of ONNX or is expected of it.</summary>
public sealed record OnnxArray(string Name, string Type, int[] Dims, float[] Values);

/// <summary>Collects files with inputs and expected outputs, and runs them all in the real ONNX Runtime, in one process of node.</summary>
public sealed class OnnxRuntime : IDisposable
{
    private readonly MemoryStream data = new();
    private readonly JsonArray cases = [];

    public OnnxRuntime() => Folder = Directory.CreateTempSubdirectory("engram-onnx-").FullName;

    public string Folder { get; }

    public void Add(string name, string file, IEnumerable<OnnxArray> inputs, IEnumerable<OnnxArray> outputs) => cases.Add((JsonNode)new JsonObject
    {
        ["name"] = name,
        ["file"] = file,
        ["inputs"] = new JsonArray([.. inputs.Select(Entry)]),
        ["outputs"] = new JsonArray([.. outputs.Select(Entry)]),
    });

    /// <summary>What became of each case, or null and the reason where there is no ONNX Runtime.</summary>
    public IReadOnlyList<(string Name, double Difference, string? Error)>? Run(out string reason)
    {
        File.WriteAllBytes(Path.Combine(Folder, "data.bin"), data.ToArray());
        File.WriteAllText(Path.Combine(Folder, "cases.json"), cases.ToJsonString());
        string script = Path.Combine(Fixtures.Repository, "tests", "Engram.Tests", "Formats", "Onnx", "run-onnx.mjs");
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("node", [script, Folder]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        try { process.Start(); }
        catch (System.ComponentModel.Win32Exception e)
        {
            reason = $"node cannot be started ({e.Message})";
            return null;
        }

        Task<string> errors = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        JsonElement[] results = [.. lines.Select(line => JsonDocument.Parse(line).RootElement)];
        if (results.Length > 0 && results[0].TryGetProperty("missing", out JsonElement missing))
        {
            reason = $"{missing.GetString()}; name the folder of node_modules/onnxruntime-node in ENGRAM_ONNXRUNTIME";
            return null;
        }

        reason = errors.Result;
        return
        [
            .. results.Select(result => (
                result.GetProperty("name").GetString()!,
                result.TryGetProperty("difference", out JsonElement difference) ? difference.GetDouble() : double.NaN,
                result.TryGetProperty("error", out JsonElement error) ? error.GetString() : null)),
        ];
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private JsonNode Entry(OnnxArray array)
    {
        var entry = new JsonObject
        {
            ["name"] = array.Name,
            ["type"] = array.Type,
            ["dims"] = new JsonArray([.. array.Dims.Select(dim => (JsonNode)dim)]),
            ["at"] = data.Position,
        };
        data.Write(MemoryMarshal.AsBytes(array.Values.AsSpan()));
        return entry;
    }
}
