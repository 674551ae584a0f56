using System.Globalization;
using System.Text;

namespace Engram.Inference;

/// <summary>What quantizing a model saves and what it costs, measured on the samples that were given.</summary>
public sealed class QuantizationReport
{
    internal QuantizationReport(WeightType type, IReadOnlyList<QuantizedLayer> layers, IReadOnlyList<OutputError> outputs)
    {
        WeightType = type;
        Layers = layers;
        Outputs = outputs;
    }

    /// <summary>How weights are stored.</summary>
    public WeightType WeightType { get; }

    /// <summary>The layers in order, with those that stay in 32 bits and why.</summary>
    public IReadOnlyList<QuantizedLayer> Layers { get; }

    /// <summary>The error of each output.</summary>
    public IReadOnlyList<OutputError> Outputs { get; }

    /// <summary>The size of all weights in 32 bits.</summary>
    public long BytesBefore => Layers.Sum(layer => layer.BytesBefore);

    /// <summary>The size of all weights now.</summary>
    public long BytesAfter => Layers.Sum(layer => layer.BytesAfter);

    /// <summary>The largest absolute error of all outputs.</summary>
    public double LargestError => Outputs.Max(output => output.LargestError);

    /// <summary>The mean absolute error over all outputs.</summary>
    public double MeanError => Outputs.Average(output => output.MeanError);

    /// <summary>The largest <see cref="OutputError.RelativeLargestError"/> of all outputs.</summary>
    public double RelativeLargestError => Outputs.Max(output => output.RelativeLargestError);

    /// <summary>The mean of <see cref="OutputError.RelativeMeanError"/> over all outputs.</summary>
    public double RelativeMeanError => Outputs.Average(output => output.RelativeMeanError);

    /// <summary>The report in words: sizes, layers, and the outputs with the largest relative errors.</summary>
    public override string ToString()
    {
        const int MostOutputs = 8;
        var text = new StringBuilder();
        var english = CultureInfo.InvariantCulture;
        text.AppendLine(english, $"{WeightType}: {BytesBefore:N0} bytes of weights became {BytesAfter:N0}.");
        text.AppendLine(english, $"Error against 32 bits: {LargestError:G3} at most, {MeanError:G3} on average; {RelativeLargestError:P2} and {RelativeMeanError:P2} of an output's spread.");
        foreach (QuantizedLayer layer in Layers)
        {
            string size = layer.Reason is null ? string.Create(english, $"{layer.WeightType}, {layer.BytesBefore:N0} to {layer.BytesAfter:N0} bytes") : layer.Reason;
            text.AppendLine(english, $"  {layer.Name} ({layer.Kind}): {size}");
        }

        foreach (OutputError output in Outputs.OrderByDescending(output => output.RelativeLargestError).Take(MostOutputs))
        {
            text.AppendLine(english, $"  output {output.Output}: {output.LargestError:G3} at most, {output.MeanError:G3} on average, spread {output.Spread:G3}");
        }

        if (Outputs.Count > MostOutputs) { text.AppendLine(english, $"  ... and {Outputs.Count - MostOutputs} outputs with smaller errors"); }
        return text.ToString().TrimEnd();
    }
}
