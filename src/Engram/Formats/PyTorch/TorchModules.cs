using System.Globalization;
using Engram.Layers;

namespace Engram.Formats.PyTorch;

/// <summary>What the names and shapes of weights tell about the recurrent modules that they belong to.</summary>
internal static class TorchModules
{
    private const string FirstKernel = "weight_ih_l0";

    /// <summary>The recurrent modules: whose first input kernel is there.</summary>
    public static IReadOnlyList<string> Recurrent(IEnumerable<NamedArray> arrays) =>
        [.. arrays.Where(array => array.Name == FirstKernel || array.Name.EndsWith($".{FirstKernel}", StringComparison.Ordinal))
            .Select(array => array.Name[..^FirstKernel.Length].TrimEnd('.'))];

    /// <summary>Layers without weights of the sizes that the arrays have.</summary>
    public static IEnumerable<Layer> Create(string source, string prefix, Dictionary<string, NamedArray> arrays, ActivationFunction activation)
    {
        if (!arrays.ContainsKey(prefix + FirstKernel)) { throw new EngramException($"{source}: there is no recurrent module '{prefix.TrimEnd('.')}': '{prefix}{FirstKernel}' is missing."); }
        for (int k = 0; arrays.ContainsKey(string.Create(CultureInfo.InvariantCulture, $"{prefix}weight_ih_l{k}")); k++)
        {
            SequenceLayer layer = One(source, string.Create(CultureInfo.InvariantCulture, $"{prefix}{{0}}_l{k}"), arrays, activation);
            bool bidirectional = arrays.ContainsKey(string.Create(CultureInfo.InvariantCulture, $"{prefix}weight_ih_l{k}_reverse"));
            yield return bidirectional ? new Bidirectional(layer) : layer;
        }
    }

    private static SequenceLayer One(string source, string pattern, Dictionary<string, NamedArray> arrays, ActivationFunction activation)
    {
        string Name(string part) => pattern.Replace("{0}", part, StringComparison.Ordinal);
        NamedArray recurrent = arrays.GetValueOrDefault(Name("weight_hh")) ?? throw new EngramException($"{source}: the weight '{Name("weight_hh")}' is missing.");
        NamedArray? projection = arrays.GetValueOrDefault(Name("weight_hr"));
        bool bias = arrays.ContainsKey(Name("bias_ih"));
        if (recurrent.Shape.Rank != 2 || projection is { Shape.Rank: not 2 } || recurrent.Shape[1] < 1) { throw Odd(source, recurrent); }
        int units = projection?.Shape[1] ?? recurrent.Shape[1];
        if (units < 1 || recurrent.Shape[0] % units != 0) { throw Odd(source, recurrent); }
        return (recurrent.Shape[0] / units) switch
        {
            4 when projection is not null && projection.Shape[0] >= 1 && projection.Shape[0] < units => new Lstm(units) { UseBias = bias, ReturnSequences = true, ProjectionUnits = projection.Shape[0] },
            4 when projection is null => new Lstm(units) { UseBias = bias, ReturnSequences = true },
            3 when projection is null => new Gru(units) { UseBias = bias, ReturnSequences = true },
            1 when projection is null => new SimpleRnn(units) { UseBias = bias, ReturnSequences = true, Activation = activation },
            _ => throw Odd(source, recurrent),
        };
    }

    private static EngramException Odd(string source, NamedArray recurrent) =>
        new($"{source}: the weight '{recurrent.Name}' has the shape {recurrent.Shape}, which neither an LSTM, a GRU nor an RNN has.");
}
