using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>What <see cref="MultiHeadAttention"/> keeps with a call: projected inputs, what the heads put out, their gradients.</summary>
internal sealed class MultiHeadCall
{
    public DenseProduct QueryProduct { get; } = new();

    public DenseProduct KeyProduct { get; } = new();

    public DenseProduct ValueProduct { get; } = new();

    public DenseProduct GateProduct { get; } = new();

    public DenseProduct OutputProduct { get; } = new();

    public DotScores Heads { get; } = new();

    /// <summary>q, k and v after projection and the heads' outputs: (batch, steps, heads · length).</summary>
    public TensorBuffer Q { get; } = new(0);

    /// <inheritdoc cref="Q"/>
    public TensorBuffer K { get; } = new(0);

    /// <inheritdoc cref="Q"/>
    public TensorBuffer V { get; } = new(0);

    /// <inheritdoc cref="Q"/>
    public TensorBuffer Y { get; } = new(0);

    /// <summary>The gate in [0, 1], and the heads' outputs times the gate; unused without one.</summary>
    public TensorBuffer Gate { get; } = new(0);

    /// <inheritdoc cref="Gate"/>
    public TensorBuffer Gated { get; } = new(0);

    /// <summary>Their gradients.</summary>
    public TensorBuffer DQ { get; } = new(0);

    /// <inheritdoc cref="DQ"/>
    public TensorBuffer DK { get; } = new(0);

    /// <inheritdoc cref="DQ"/>
    public TensorBuffer DV { get; } = new(0);

    /// <inheritdoc cref="DQ"/>
    public TensorBuffer DY { get; } = new(0);

    /// <inheritdoc cref="DQ"/>
    public TensorBuffer DGate { get; } = new(0);

    /// <summary>The weights, before and after dropout.</summary>
    public TensorBuffer P { get; } = new(0);

    /// <inheritdoc cref="P"/>
    public TensorBuffer Dropped { get; } = new(0);

    private TensorBuffer Share { get; } = new(0);

    /// <summary>A second share of an input's gradient, to be added with <see cref="AddShare"/>; null where nobody asks for the gradient.</summary>
    public TensorBuffer? ShareOf(TensorBuffer? dx)
    {
        if (dx is null) { return null; }
        Share.Resize(dx.Axes);
        return Share;
    }

    /// <summary>Adds the second share.</summary>
    public void AddShare(TensorBuffer? dx)
    {
        if (dx is not null) { TensorPrimitives.Add(dx.Span, Share.Span, dx.Span); }
    }
}
