namespace Engram.Layers;

/// <summary>
/// The weights of one linear map of <see cref="MultiHeadAttention"/>: y = x W + b over the last axis, stored as Keras does, with an axis for
/// the heads; as a matrix they are (inputs, outputs).
/// </summary>
/// <param name="Kernel">W.</param>
/// <param name="Bias">b, or null.</param>
/// <param name="Inputs">The number of columns of x.</param>
/// <param name="Outputs">The number of columns of y.</param>
internal sealed record HeadProjection(Weight Kernel, Weight? Bias, int Inputs, int Outputs)
{
    /// <summary>Computes y from x, f applied where there is one.</summary>
    public unsafe void Forward(DenseProduct product, TensorBuffer x, TensorBuffer y, ActivationFunction? function = null) =>
        product.Forward(Arrays(x, y, function));

    /// <summary>Adds to the weights' gradients and overwrites dx where it is wanted.</summary>
    /// <param name="product">The product of forward.</param>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="dy">dy, overwritten by that of x W + b where there is a function.</param>
    /// <param name="dx">dx, or null.</param>
    /// <param name="function">f, or null; its derivative must need y alone.</param>
    public unsafe void Backward(DenseProduct product, TensorBuffer x, TensorBuffer y, TensorBuffer dy, TensorBuffer? dx, ActivationFunction? function = null)
    {
        DenseArrays arrays = Arrays(x, y, function);
        arrays.DY = arrays.DZ = dy.Pointer;
        arrays.DX = dx is null ? null : dx.Pointer;
        arrays.DKernel = Kernel.Gradient.Pointer;
        arrays.DBias = Bias is null ? null : Bias.Gradient.Pointer;
        product.Backward(arrays);
    }

    private unsafe DenseArrays Arrays(TensorBuffer x, TensorBuffer y, ActivationFunction? function) => new()
    {
        Rows = x.Length / Inputs,
        Features = Inputs,
        Units = Outputs,
        Outputs = Outputs,
        Activation = function,
        X = x.Pointer,
        Kernel = Kernel.Value.Pointer,
        Bias = Bias is null ? null : Bias.Value.Pointer,
        Z = y.Pointer,
        Y = y.Pointer,
    };
}

/// <summary>
/// An initializer for a matrix that is stored with more axes: one that scales by the number of inputs and outputs is told those of the
/// matrix, as Keras does it.
/// </summary>
internal sealed class MatrixInitializer(Initializer inner, int inputs, int outputs) : Initializer
{
    public override string Name => inner.Name;

    public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key) =>
        inner.Fill(values, inner is VarianceScalingInitializer ? [inputs, outputs] : shape, key);
}
