using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>A layer as it is made, with inputs for it: a golden case, or one of <see cref="ConformanceSamples"/>.</summary>
internal sealed class ConformanceSample
{
    public required string Name { get; init; }

    /// <summary>Makes the layer, not built.</summary>
    public required Func<Layer> Create { get; init; }

    public required TensorBuffer[] Inputs { get; init; }

    public Mask?[] Masks { get; init; } = [];

    public bool Training { get; init; } = true;

    /// <summary>Sets the weights of the built layer.</summary>
    public Action<Layer> LoadWeights { get; init; } = _ => { };

    /// <summary>Whether every input is made of whole numbers, which have no derivative.</summary>
    public bool TakesWholeNumbers { get; init; }

    /// <summary>Whether the layer carries something from call to call.</summary>
    public bool IsStateful { get; init; }

    public Shape[] Shapes => [.. Inputs.Select(input => new Shape(input.Axes))];

    public int Elements => Inputs.Sum(input => input.Length);

    /// <summary>The layer, built and with its weights.</summary>
    public Layer Built()
    {
        Layer layer = Create();
        layer.Build(Shapes, new RandomKey(1));
        LoadWeights(layer);
        return layer;
    }

    /// <summary>A call of a layer as the sample makes it.</summary>
    public LayerCall Call(Layer layer)
    {
        var call = new LayerCall(layer) { Training = Training, KeepForBackward = true, Random = new RandomKey(7) };
        for (int k = 0; k < Masks.Length; k++) { call.SetMask(k, Masks[k]); }
        return call;
    }

    /// <summary>The same with the batch repeated, masks included.</summary>
    public ConformanceSample Repeated(int times) => new()
    {
        Name = Name,
        Create = Create,
        Inputs = [.. Inputs.Select(input => Repeat(input, times))],
        Masks = [.. Masks.Select(mask => mask is null ? null : Repeat(mask, times))],
        Training = Training,
        LoadWeights = LoadWeights,
        TakesWholeNumbers = TakesWholeNumbers,
        IsStateful = IsStateful,
    };

    /// <summary>The sample of a golden case.</summary>
    public static ConformanceSample Of(GoldenCase golden, string kind)
    {
        TensorBuffer[] inputs = GoldenLayer.Inputs(golden);
        return new ConformanceSample
        {
            Name = golden.Name,
            Create = () => LayerFactory.Create(kind, golden),
            Inputs = inputs,
            Masks = GoldenLayer.Masks(golden, inputs.Length),
            Training = GoldenLayer.Training(golden),
            LoadWeights = layer => GoldenLayer.LoadWeights(golden, layer),
            TakesWholeNumbers = kind == "Embedding",
            IsStateful = golden.Entry.GetProperty("stateful_second_call").GetBoolean(),
        };
    }

    /// <summary>A sample whose inputs are drawn and whose weights are those of the initializers.</summary>
    public static ConformanceSample Drawn(string name, string kind, string config, params int[][] shapes)
    {
        TensorBuffer[] inputs = [.. shapes.Select(shape => new TensorBuffer(shape))];
        for (int k = 0; k < inputs.Length; k++)
        {
            for (int i = 0; i < inputs[k].Length; i++) { inputs[k].Span[i] = (float)new RandomKey(k + 3).Normal((ulong)i); }
        }

        bool hasLengths = kind == "LengthMask"; // of which a sequence has 0 to all steps
        for (int i = 0; hasLengths && i < inputs[1].Length; i++) { inputs[1].Span[i] = i % (inputs[0][1] + 1); }
        return new ConformanceSample
        {
            Name = name,
            Create = () => LayerTypes.BuiltIn.Create(kind, JsonNode.Parse(config)!.AsObject()),
            Inputs = inputs,
            TakesWholeNumbers = hasLengths,
            IsStateful = (bool?)JsonNode.Parse(config)!["stateful"] ?? false,
        };
    }

    private static TensorBuffer Repeat(TensorBuffer input, int times)
    {
        int[] axes = input.Axes.ToArray();
        axes[0] *= times;
        var repeated = new TensorBuffer(axes);
        for (int i = 0; i < times; i++) { input.Span.CopyTo(repeated.Span[(i * input.Length)..]); }
        return repeated;
    }

    private static Mask Repeat(Mask mask, int times)
    {
        var repeated = new Mask(mask.Rows * times, mask.TimeSteps);
        for (int i = 0; i < times; i++) { mask.Span.CopyTo(repeated.Span[(i * mask.Span.Length)..]); }
        return repeated;
    }
}
