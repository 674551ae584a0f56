namespace Engram.Layers;

/// <summary>How a window that goes over the edge is treated.</summary>
public enum PoolPadding
{
    /// <summary>Windows lie within the input: (length - pool) / stride + 1 of them.</summary>
    Valid,

    /// <summary>Windows may go over the edges, half of what is missing on each side: length / stride of them, rounded up.</summary>
    Same,
}
