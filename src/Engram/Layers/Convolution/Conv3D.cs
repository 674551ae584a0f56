namespace Engram.Layers;

/// <summary>
/// A convolution over the planes, rows and columns of volumes: (batch, planes, rows, columns, channels) becomes (batch, planes', rows', columns', filters). The formulas stand in
/// <see cref="StandardConvolution"/>.
/// </summary>
public sealed class Conv3D : StandardConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of filters, 1 or more.</param>
    /// <param name="kernelSize">The number of planes, of rows and of columns of a window, each 1 or more; one number stands for all.</param>
    /// <exception cref="ArgumentException">A number is below 1, or there are too many or too few.</exception>
    public Conv3D(int filters, params ReadOnlySpan<int> kernelSize) : base(3, filters, kernelSize) { }

    private Conv3D(Configuration config) : base(config, 3) { }

    internal static Conv3D ReadConfig(Configuration config) => new(config);
}
