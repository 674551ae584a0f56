using System.Numerics;

namespace Engram.Cells.Reference;

/// <summary>
/// The simple recurrent network (Elman 1990, "Finding structure in time"), forward and backward:
/// <code>
/// h_t = φ(x_t W + h_{t-1} U + b)
/// </code>
/// </summary>
public static class ReferenceSimpleRnn
{
    /// <summary>Runs the sequences forward.</summary>
    /// <typeparam name="T">The number type.</typeparam>
    /// <param name="call">The sequences, the weights and the options.</param>
    public static ReferenceTrace<T> Forward<T>(ReferenceCall<T> call) where T : IBinaryFloatingPointIeee754<T>
    {
        int units = call.Units;
        var trace = new ReferenceTrace<T>(call, gates: 1);
        for (int row = 0; row < call.Rows; row++)
        {
            for (int step = 0; step < call.TimeSteps; step++)
            {
                if (!call.IsData(row, step))
                {
                    trace.Skip(row, step);
                    continue;
                }

                Span<T> z = trace.ZAt(row, step, 1); // (units)
                Span<T> h = call.At(trace.H, row, step, units);
                if (call.Bias is not null) { ReferenceMath.Add(call.Bias, z); }
                ReferenceMath.AddProduct(call.Input(call.X, row, step), call.Kernel, units, 0, z);
                ReferenceMath.AddProduct(call.Before(trace.H, call.InitialH, row, step), call.RecurrentKernel, units, 0, z);
                for (int u = 0; u < units; u++) { h[u] = call.Activation.Value(z[u]); }
                trace.Emit(row, step);
            }
        }

        return trace;
    }

    /// <summary>
    /// Walks back from the last step to the first:
    /// <code>
    /// dz = dh φ'(z)   dx = dz Wᵀ   dh' = dz Uᵀ   dW += xᵀ dz   dU += h'ᵀ dz   db += dz
    /// </code>
    /// </summary>
    /// <typeparam name="T">The number type.</typeparam>
    /// <param name="trace">What forward computed.</param>
    /// <param name="dY">The derivative with respect to the output at each step, (rows, steps, units), or null.</param>
    /// <param name="dLastH">The derivative with respect to h after the last step, (rows, units), or null.</param>
    public static ReferenceGradients<T> Backward<T>(ReferenceTrace<T> trace, T[]? dY, T[]? dLastH = null)
        where T : IBinaryFloatingPointIeee754<T>
    {
        ReferenceCall<T> call = trace.Call;
        int units = call.Units;
        var gradients = new ReferenceGradients<T>(call);
        var dz = new T[units];
        for (int row = 0; row < call.Rows; row++)
        {
            Span<T> dh = call.State(gradients.InitialH, row);
            if (dLastH is not null) { call.State(dLastH, row).CopyTo(dh); }
            for (int step = call.TimeSteps - 1; step >= 0; step--)
            {
                if (!gradients.TakeOutput(dY, dh, row, step)) { continue; }

                ReadOnlySpan<T> z = trace.ZAt(row, step, 1);
                ReadOnlySpan<T> h = call.At(trace.H, row, step, units);
                for (int u = 0; u < units; u++) { dz[u] = dh[u] * call.Activation.Derivative(z[u], h[u]); }

                dh.Clear();
                ReferenceMath.AddProductTransposed(dz, call.RecurrentKernel, units, 0, dh);
                ReferenceMath.AddProductTransposed(dz, call.Kernel, units, 0, call.Input(gradients.X, row, step));
                ReferenceMath.AddOuterProduct(call.Input(call.X, row, step), dz, gradients.Kernel, units, 0);
                ReferenceMath.AddOuterProduct(call.Before(trace.H, call.InitialH, row, step), dz, gradients.RecurrentKernel, units, 0);
                if (gradients.Bias is not null) { ReferenceMath.Add<T>(dz, gradients.Bias); }
            }
        }

        return gradients;
    }
}
