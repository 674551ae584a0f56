namespace Engram.Layers;

/// <summary>What a convolution sees beyond the edges of its input.</summary>
public enum ConvolutionPadding
{
    /// <summary>Nothing: windows lie within the input, (length - extent) / stride + 1 of them.</summary>
    Valid,

    /// <summary>Zeros, half of what is missing on each side: length / stride windows, rounded up.</summary>
    Same,

    /// <summary>Zeros before the input alone, so that no window sees what comes after its own step; for one spatial axis only.</summary>
    Causal,
}
