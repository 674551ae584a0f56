using Engram.Formats.Hdf5;
using Engram.Layers;
using Engram.Models;

namespace Engram.Formats.Keras;

/// <summary>Builds a model for weights that are in a file, and no larger than they are.</summary>
internal static class ModelBuilding
{
    /// <summary>How many numbers a file has for weights: what is declared need not be there, and what is there can be so much larger than its bytes at most.</summary>
    public static long Numbers(Hdf5Group root, FileBytes bytes, ReadLimits limits) => Math.Min(Count(root), bytes.Length * limits.Expansion);

    /// <summary>Builds and compiles a model within the numbers that a file has.</summary>
    /// <param name="model">The model, not built yet.</param>
    /// <param name="numbers">How many numbers the weights in the file have at most.</param>
    /// <param name="place">The file, for messages.</param>
    /// <param name="options">What the file may ask for.</param>
    /// <param name="compile">Compiles the model, or null where the file does not say how.</param>
    public static void Build(Network model, long numbers, string place, LoadOptions options, Func<bool>? compile)
    {
        IReadOnlyList<Shape> inputs = model.InputShapes
            ?? throw new EngramException($"{place}: the shape of the input is not there; expected an InputLayer or build_input_shape. Was the model saved before it was built?");
        try
        {
            WeightBudget.Build(numbers, () => model.Build(inputs, RandomKey.Unused));
            if (options.Compile && compile is not null) { compile(); }
        }
        catch (EngramException e) when (!e.Message.StartsWith(place.Split(": ")[0], StringComparison.Ordinal))
        {
            throw new EngramException($"{place}: {e.Message}", e);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new EngramException($"{place}: the model cannot be built: {e.Message}", e);
        }
    }

    private static long Count(Hdf5Group group)
    {
        double count = 0;
        foreach (Hdf5Dataset dataset in group.Datasets) { count += dataset.Count; }
        foreach (Hdf5Group inner in group.Groups) { count += Count(inner); }
        return (long)Math.Min(count, long.MaxValue / 2);
    }
}
