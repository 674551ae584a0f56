using Engram.Layers;
using Engram.Training;

namespace Engram.Formats;

/// <summary>How a model is read from a file.</summary>
public sealed class LoadOptions
{
    /// <summary>The options that are used where none are given.</summary>
    public static LoadOptions Default { get; } = new();

    /// <summary>How much the file may ask for.</summary>
    public ReadLimits Limits { get; init => field = value ?? throw new ArgumentNullException(nameof(Limits)); } = ReadLimits.Default;

    /// <summary>
    /// The kinds of layer that the file may name: <c>LayerTypes.BuiltIn.With("Mine", Mine.Read)</c> for one of one's own. Nothing is ever looked
    /// up by a name in a file. Default <see cref="LayerTypes.BuiltIn"/>.
    /// </summary>
    public LayerTypes Layers { get; init => field = value ?? throw new ArgumentNullException(nameof(Layers)); } = LayerTypes.BuiltIn;

    /// <summary>
    /// Whether the model is compiled as the file says, so that training goes on: optimizer with its state, losses, metrics. False where it is only
    /// asked for predictions, or compiled anew. Default true.
    /// </summary>
    public bool Compile { get; init; } = true;

    /// <summary>Losses of one's own that the file may name. Default none.</summary>
    public IReadOnlyList<Loss> Losses { get; init => field = value ?? throw new ArgumentNullException(nameof(Losses)); } = [];

    /// <summary>Makers of metrics of one's own that the file may name. Default none.</summary>
    public IReadOnlyList<Func<Metric>> Metrics { get; init => field = value ?? throw new ArgumentNullException(nameof(Metrics)); } = [];

    /// <summary>Makers of optimizers of one's own that the file may name, with the options that they are to have. Default none.</summary>
    public IReadOnlyList<Func<Optimizer>> Optimizers { get; init => field = value ?? throw new ArgumentNullException(nameof(Optimizers)); } = [];
}
