using System.Numerics;

namespace Engram.Cells.Reference;

/// <summary>
/// The gated recurrent unit (Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder"), forward and backward. All
/// matrices hold the gates in Keras' order z, r, g; b0 is the bias of the input, b1 that of the recurrent product.
/// <code>
/// z = σ(x W_z + h' U_z + b)   r = σ(x W_r + h' U_r + b)      h': the state before the step
/// g = φ(x W_g + b0_g + r (h' U_g + b1_g))       reset after the product (Keras' default); bias (2, 3 units)
/// g = φ(x W_g + b_g + (r h') U_g)               reset before it, as in the paper; bias (3 units)
/// h = z h' + (1 - z) g
/// </code>
/// </summary>
public static class ReferenceGru
{
    private const int GateCount = 3;

    /// <summary>Runs the sequences forward.</summary>
    /// <typeparam name="T">The number type.</typeparam>
    /// <param name="call">The sequences, the weights and the options.</param>
    public static ReferenceTrace<T> Forward<T>(ReferenceCall<T> call) where T : IBinaryFloatingPointIeee754<T>
    {
        int units = call.Units;
        int width = GateCount * units;
        ReferenceActivation<T> φ = call.Activation;
        ReferenceActivation<T> σ = call.RecurrentActivation;
        var trace = new ReferenceTrace<T>(call, GateCount);
        for (int row = 0; row < call.Rows; row++)
        {
            for (int step = 0; step < call.TimeSteps; step++)
            {
                if (!call.IsData(row, step))
                {
                    trace.Skip(row, step);
                    continue;
                }

                ReadOnlySpan<T> hBefore = call.Before(trace.H, call.InitialH, row, step); // (units)
                Span<T> a = trace.ZAt(row, step, GateCount); // (3 units): what σ, σ and φ are applied to
                Span<T> gates = trace.GatesAt(row, step, GateCount); // (3 units)
                Span<T> recurrent = call.At(trace.Recurrent, row, step, units);
                Span<T> h = call.At(trace.H, row, step, units);

                // a = x W + b0, and for z and r the recurrent part too
                if (call.Bias is not null) { ReferenceMath.Add(call.Bias.AsSpan(0, width), a); }
                if (call.Bias is not null && call.ResetAfter) { ReferenceMath.Add(call.Bias.AsSpan(width, 2 * units), a); }
                ReferenceMath.AddProduct(call.Input(call.X, row, step), call.Kernel, width, 0, a);
                ReferenceMath.AddProduct(hBefore, call.RecurrentKernel, width, 0, a[..(2 * units)]);
                for (int u = 0; u < 2 * units; u++) { gates[u] = σ.Value(a[u]); }

                ReadOnlySpan<T> r = gates.Slice(units, units);
                Span<T> aG = a[(2 * units)..];
                if (call.ResetAfter)
                {
                    // a_g += r (h' U_g + b1_g)
                    if (call.Bias is not null) { ReferenceMath.Add(call.Bias.AsSpan(width + (2 * units), units), recurrent); }
                    ReferenceMath.AddProduct(hBefore, call.RecurrentKernel, width, 2 * units, recurrent);
                    for (int u = 0; u < units; u++) { aG[u] += r[u] * recurrent[u]; }
                }
                else
                {
                    // a_g += (r h') U_g
                    hBefore.CopyTo(recurrent);
                    ReferenceMath.AddProduct(Times(r, hBefore), call.RecurrentKernel, width, 2 * units, aG);
                }

                for (int u = 0; u < units; u++)
                {
                    T z = gates[u];
                    T g = gates[(2 * units) + u] = φ.Value(aG[u]);
                    h[u] = (z * hBefore[u]) + ((T.One - z) * g);
                }

                trace.Emit(row, step);
            }
        }

        return trace;
    }

    /// <summary>
    /// Walks back from the last step to the first. a is what the gates' functions are applied to, p = h' U + b1 the recurrent part:
    /// <code>
    /// dz = dh (h' - g)   dg = dh (1 - z)   dh' = dh z
    /// da_z = dz σ'   da_g = dg φ'
    /// reset after:  dp_g = da_g r   dr = da_g p_g
    /// reset before: dq = da_g U_gᵀ with q = r h'   dr = dq h'   dh' += dq r   dU_g += qᵀ da_g
    /// da_r = dr σ'   dp_z = da_z   dp_r = da_r
    /// dx = da Wᵀ   dh' += dp Uᵀ   dW += xᵀ da   dU += h'ᵀ dp   db0 += da   db1 += dp
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
        int width = GateCount * units;
        ReferenceActivation<T> φ = call.Activation;
        ReferenceActivation<T> σ = call.RecurrentActivation;
        var gradients = new ReferenceGradients<T>(call);
        var da = new T[width];
        var dp = new T[width];
        for (int row = 0; row < call.Rows; row++)
        {
            Span<T> dh = call.State(gradients.InitialH, row);
            if (dLastH is not null) { call.State(dLastH, row).CopyTo(dh); }
            for (int step = call.TimeSteps - 1; step >= 0; step--)
            {
                if (!gradients.TakeOutput(dY, dh, row, step)) { continue; }

                ReadOnlySpan<T> hBefore = call.Before(trace.H, call.InitialH, row, step);
                ReadOnlySpan<T> a = trace.ZAt(row, step, GateCount);
                ReadOnlySpan<T> gates = trace.GatesAt(row, step, GateCount);
                ReadOnlySpan<T> r = gates.Slice(units, units);
                ReadOnlySpan<T> recurrent = call.At(trace.Recurrent, row, step, units);
                for (int u = 0; u < units; u++)
                {
                    T z = gates[u];
                    T g = gates[(2 * units) + u];
                    da[u] = dh[u] * (hBefore[u] - g) * σ.Derivative(a[u], z);
                    da[(2 * units) + u] = dh[u] * (T.One - z) * φ.Derivative(a[(2 * units) + u], g);
                    dh[u] *= z;
                }

                ReadOnlySpan<T> daG = da.AsSpan(2 * units);
                var dr = new T[units];
                if (call.ResetAfter)
                {
                    for (int u = 0; u < units; u++)
                    {
                        dr[u] = daG[u] * recurrent[u];
                        dp[(2 * units) + u] = daG[u] * r[u];
                    }
                }
                else
                {
                    var dq = new T[units];
                    ReferenceMath.AddProductTransposed(daG, call.RecurrentKernel, width, 2 * units, dq);
                    ReferenceMath.AddOuterProduct(Times(r, hBefore), daG, gradients.RecurrentKernel, width, 2 * units);
                    for (int u = 0; u < units; u++)
                    {
                        dr[u] = dq[u] * hBefore[u];
                        dh[u] += dq[u] * r[u];
                    }
                }

                for (int u = 0; u < units; u++) { da[units + u] = dr[u] * σ.Derivative(a[units + u], r[u]); }
                da.AsSpan(0, 2 * units).CopyTo(dp);

                // With the reset before the product, dp_g is 0: U_g has had its share above.
                ReferenceMath.AddProductTransposed(da, call.Kernel, width, 0, call.Input(gradients.X, row, step));
                ReferenceMath.AddProductTransposed(dp, call.RecurrentKernel, width, 0, dh);
                ReferenceMath.AddOuterProduct(call.Input(call.X, row, step), da, gradients.Kernel, width, 0);
                ReferenceMath.AddOuterProduct(hBefore, dp, gradients.RecurrentKernel, width, 0);
                if (gradients.Bias is not null) { ReferenceMath.Add<T>(da, gradients.Bias.AsSpan(0, width)); }
                if (gradients.Bias is not null && call.ResetAfter) { ReferenceMath.Add<T>(dp, gradients.Bias.AsSpan(width)); }
            }
        }

        return gradients;
    }

    private static T[] Times<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y) where T : IBinaryFloatingPointIeee754<T>
    {
        var product = new T[x.Length];
        for (int i = 0; i < product.Length; i++) { product[i] = x[i] * y[i]; }
        return product;
    }
}
