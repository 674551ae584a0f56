using System.Globalization;
using Engram.Formats;
using Engram.Formats.Npy;
using Engram.Formats.Safetensors;

namespace Engram.Inspection;

public sealed partial class GateTrace
{
    /// <summary>
    /// Writes everything to a file, whose kind its name says. A <c>.safetensors</c> or <c>.npz</c> file has an array for each gate and state, named
    /// <c>LAYER/SERIES</c>, (rows, timeSteps, units), and where steps are masked <c>LAYER/mask</c>, (rows, timeSteps), 1 for data. A
    /// <c>.csv</c> file has a line for each layer, row, step and unit, and a column for each gate and state, empty where the layer has none or
    /// the step is masked; numbers read back as they are.
    /// </summary>
    /// <param name="path">The file; its folder must exist. It is replaced as a whole.</param>
    /// <exception cref="EngramException">The extension is another, or the file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        switch (Path.GetExtension(path).ToUpperInvariant())
        {
            case ".SAFETENSORS":
                SafetensorsFile.Write(path, Arrays(), Layers.ToDictionary(layer => layer.Name, layer => $"{layer.Kind}, {layer.Direction}"));
                break;
            case ".NPZ":
                NpzFile.Write(path, Arrays());
                break;
            case ".CSV":
                AtomicFile.Write(path, WriteCsv);
                break;
            default:
                throw new EngramException($"'{path}': expected a name that ends in .csv, .npz or .safetensors.");
        }
    }

    private IEnumerable<NamedArray> Arrays()
    {
        foreach (LayerTrace layer in Layers)
        {
            foreach (string name in layer.Series)
            {
                GateSeries series = layer[name];
                yield return new NamedArray($"{layer.Name}/{name}", [series.Rows, series.TimeSteps, series.Units], series.Values);
            }

            if (layer.Mask is { } mask) { yield return new NamedArray($"{layer.Name}/mask", [mask.Rows, mask.TimeSteps], mask.Span); }
        }
    }

    private void WriteCsv(Stream stream)
    {
        string[] columns = [.. Layers.SelectMany(layer => layer.Series).Distinct()];
        using var text = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        text.WriteLine($"layer,row,step,unit,{string.Join(',', columns)}");
        foreach (LayerTrace layer in Layers)
        {
            GateSeries?[] series = [.. columns.Select(name => layer.Series.Contains(name) ? layer[name] : null)];
            int units = series.Max(one => one?.Units ?? 0);
            string name = layer.Name.AsSpan().ContainsAny(",\"\n\r") ? $"\"{layer.Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : layer.Name;
            for (int row = 0; row < layer.Rows; row++)
            {
                for (int step = 0; step < layer.TimeSteps; step++)
                {
                    for (int unit = 0; unit < units; unit++)
                    {
                        text.Write(string.Create(CultureInfo.InvariantCulture, $"{name},{row},{step},{unit}"));
                        foreach (GateSeries? one in series)
                        {
                            text.Write(',');
                            if (one is not null && unit < one.Units && one[row, step, unit] is var value && !float.IsNaN(value)) { text.Write(value.ToString("R", CultureInfo.InvariantCulture)); }
                        }

                        text.Write('\n');
                    }
                }
            }
        }
    }
}
