using System.Numerics;

namespace Engram.Cells.Reference;

/// <summary>
/// The long short-term memory (Hochreiter and Schmidhuber 1997, "Long short-term memory"; with the forget gate of Gers, Schmidhuber and
/// Cummins 2000, "Learning to forget"), forward and backward, as plainly as it can be written: the oracle for the fast kernels and the
/// page to read first.
/// <code>
/// z_t = x_t W + h_{t-1} U + b        z: (4 units), its quarters in Keras' order i, f, c, o; the candidate is called g here
/// i = σ(z_i)   f = σ(z_f)   g = φ(z_g)   o = σ(z_o)
/// c_t = f c_{t-1} + i g
/// h_t = o φ(c_t)
/// </code>
/// </summary>
public static class ReferenceLstm
{
    private const int GateCount = 4;

    /// <summary>Runs the sequences forward.</summary>
    /// <typeparam name="T">The number type.</typeparam>
    /// <param name="call">The sequences, the weights and the options.</param>
    public static ReferenceTrace<T> Forward<T>(ReferenceCall<T> call) where T : IBinaryFloatingPointIeee754<T>
    {
        int units = call.Units;
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

                ReadOnlySpan<T> x = call.Input(call.X, row, step); // (features)
                ReadOnlySpan<T> hBefore = call.Before(trace.H, call.InitialH, row, step); // (units)
                ReadOnlySpan<T> cBefore = call.Before(trace.C, call.InitialC, row, step); // (units)
                Span<T> z = trace.ZAt(row, step, GateCount); // (4 units)
                Span<T> gates = trace.GatesAt(row, step, GateCount); // (4 units)
                Span<T> c = call.At(trace.C, row, step, units);
                Span<T> h = call.At(trace.H, row, step, units);

                // z = x W + h' U + b
                if (call.Bias is not null) { ReferenceMath.Add(call.Bias, z); }
                ReferenceMath.AddProduct(x, call.Kernel, GateCount * units, 0, z);
                ReferenceMath.AddProduct(hBefore, call.RecurrentKernel, GateCount * units, 0, z);

                for (int u = 0; u < units; u++)
                {
                    T i = gates[u] = σ.Value(z[u]);
                    T f = gates[units + u] = σ.Value(z[units + u]);
                    T g = gates[(2 * units) + u] = φ.Value(z[(2 * units) + u]);
                    T o = gates[(3 * units) + u] = σ.Value(z[(3 * units) + u]);
                    c[u] = (f * cBefore[u]) + (i * g);
                    h[u] = o * φ.Value(c[u]);
                }

                trace.Emit(row, step);
            }
        }

        return trace;
    }

    /// <summary>
    /// Walks back from the last step to the first. With dh and dc the derivatives with respect to the state after a step:
    /// <code>
    /// do = dh φ(c)    dc += dh o φ'(c)
    /// di = dc g   df = dc c'   dg = dc i   dc' = dc f       c', h': the state before the step
    /// dz = each times the derivative of its function
    /// dx = dz Wᵀ   dh' = dz Uᵀ   dW += xᵀ dz   dU += h'ᵀ dz   db += dz
    /// </code>
    /// </summary>
    /// <typeparam name="T">The number type.</typeparam>
    /// <param name="trace">What forward computed.</param>
    /// <param name="dY">The derivative with respect to the output at each step, (rows, steps, units), or null.</param>
    /// <param name="dLastH">The derivative with respect to h after the last step, (rows, units), or null.</param>
    /// <param name="dLastC">The derivative with respect to c after the last step, (rows, units), or null.</param>
    public static ReferenceGradients<T> Backward<T>(ReferenceTrace<T> trace, T[]? dY, T[]? dLastH = null, T[]? dLastC = null)
        where T : IBinaryFloatingPointIeee754<T>
    {
        ReferenceCall<T> call = trace.Call;
        int units = call.Units;
        ReferenceActivation<T> φ = call.Activation;
        ReferenceActivation<T> σ = call.RecurrentActivation;
        var gradients = new ReferenceGradients<T>(call);
        var dz = new T[GateCount * units];
        for (int row = 0; row < call.Rows; row++)
        {
            Span<T> dh = call.State(gradients.InitialH, row); // becomes the initial state's when the first step is done
            Span<T> dc = call.State(gradients.InitialC, row);
            if (dLastH is not null) { call.State(dLastH, row).CopyTo(dh); }
            if (dLastC is not null) { call.State(dLastC, row).CopyTo(dc); }
            for (int step = call.TimeSteps - 1; step >= 0; step--)
            {
                if (!gradients.TakeOutput(dY, dh, row, step)) { continue; }

                ReadOnlySpan<T> x = call.Input(call.X, row, step);
                ReadOnlySpan<T> hBefore = call.Before(trace.H, call.InitialH, row, step);
                ReadOnlySpan<T> cBefore = call.Before(trace.C, call.InitialC, row, step);
                ReadOnlySpan<T> z = trace.ZAt(row, step, GateCount);
                ReadOnlySpan<T> gates = trace.GatesAt(row, step, GateCount);
                ReadOnlySpan<T> c = call.At(trace.C, row, step, units);
                for (int u = 0; u < units; u++)
                {
                    T i = gates[u];
                    T f = gates[units + u];
                    T g = gates[(2 * units) + u];
                    T o = gates[(3 * units) + u];
                    T φc = φ.Value(c[u]);
                    dc[u] += dh[u] * o * φ.Derivative(c[u], φc);
                    dz[u] = dc[u] * g * σ.Derivative(z[u], i);
                    dz[units + u] = dc[u] * cBefore[u] * σ.Derivative(z[units + u], f);
                    dz[(2 * units) + u] = dc[u] * i * φ.Derivative(z[(2 * units) + u], g);
                    dz[(3 * units) + u] = dh[u] * φc * σ.Derivative(z[(3 * units) + u], o);
                    dc[u] *= f;
                }

                dh.Clear();
                ReferenceMath.AddProductTransposed(dz, call.RecurrentKernel, GateCount * units, 0, dh);
                ReferenceMath.AddProductTransposed(dz, call.Kernel, GateCount * units, 0, call.Input(gradients.X, row, step));
                ReferenceMath.AddOuterProduct(x, dz, gradients.Kernel, GateCount * units, 0);
                ReferenceMath.AddOuterProduct(hBefore, dz, gradients.RecurrentKernel, GateCount * units, 0);
                if (gradients.Bias is not null) { ReferenceMath.Add<T>(dz, gradients.Bias); }
            }
        }

        return gradients;
    }
}
