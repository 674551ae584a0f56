using Engram.Kernels;

namespace Engram.Cells;

/// <summary>
/// One head of the mLSTM of xLSTM (Beck et al. 2024): a matrix memory C (d, d) that keys k and values v are written to and queries q read
/// from. Step by step, with ĩ, f̂ the gates before their functions:
/// <code>
/// m = max(ln σ(f̂) + m', ĩ)    i = exp(ĩ - m)    f = exp(ln σ(f̂) + m' - m)
/// C = f C' + i k vᵀ / √d       n = f n' + i k / √d
/// h = q C / (max(|q n|, exp(-m)) + ε)
/// </code>
/// and for all steps at once, from C = n = 0, with F_t the sum of ln σ(f̂) up to step t:
/// <code>
/// A_tj = F_t - F_j + ĩ_j for j ≤ t     m_t = max_j A_tj     D_tj = exp(A_tj - m_t)
/// S = Q Kᵀ / √d     c = S ∘ D          w_tj = c_tj / (max(|Σ_j c_tj|, exp(-m_t)) + ε)     H = w V
/// </code>
/// A masked step writes nothing and forgets nothing.
/// </summary>
internal static unsafe class MLstmHead
{
    private const float Epsilon = 1e-6f;

    /// <summary>Computes h of all steps.</summary>
    public static void Forward(in MLstmArrays a)
    {
        Workspace space = ComputeWeights(a);
        space.Packed.Pack(a.V, a.Steps, a.Width, a.Stride);
        Gemm.Multiply(a.Steps, space.W.Pointer, a.Steps, space.Packed, a.H, a.HStride, accumulate: false);
    }

    /// <summary>
    /// From dh, the gradients of q, k, v and of the gates; D, S and w are computed again.
    /// <code>
    /// dw = dH Vᵀ     dV = wᵀ dH     dc_tj = (dw_tj - s Σ_j dw_tj w_tj) / den_t     s: the sign of Σ c where it is the larger, else 0
    /// dS = dc ∘ D    dQ = dS K / √d     dK = dSᵀ Q / √d
    /// G = dc ∘ c, and at the largest A_tj what m_t has: dF_t = Σ_j G_tj - Σ_r G_rt     dĩ_j = Σ_t G_tj
    /// df̂_t = (1 - σ(f̂_t)) Σ_{r ≥ t} dF_r
    /// </code>
    /// </summary>
    public static void Backward(in MLstmArrays a)
    {
        int steps = a.Steps, d = a.Width;
        Workspace space = ComputeWeights(a);
        space.DW.Resize(steps, steps);
        space.Packed.PackTransposed(a.V, steps, d, a.Stride);
        Gemm.Multiply(steps, a.DH, a.HStride, space.Packed, space.DW.Pointer, steps, accumulate: false);
        ClearRows(a.DV, a);
        Gemm.AddTransposed(steps, d, steps, space.W.Pointer, steps, a.DH, a.HStride, a.DV, a.Stride);
        for (int t = 0; t < steps; t++) { BackwardRow(a, space, t); }

        space.Packed.Pack(a.K, steps, d, a.Stride);
        Gemm.Multiply(steps, space.DW.Pointer, steps, space.Packed, a.DQ, a.Stride, accumulate: false);
        ClearRows(a.DK, a);
        Gemm.AddTransposed(steps, d, steps, space.DW.Pointer, steps, a.Q, a.Stride, a.DK, a.Stride);
        double dF = 0;
        for (int t = steps - 1; t >= 0; t--)
        {
            dF += space.DF[t];
            double forget = a.Forget[t * a.Stride];
            a.DForget[t * a.Stride] = a.IsData(t) ? (float)(dF / (1 + Math.Exp(forget))) : 0;
            a.DInput[t * a.Stride] = a.IsData(t) ? (float)space.DInput[t] : 0;
        }
    }

    /// <summary>One step.</summary>
    /// <param name="d">The width of a head.</param>
    /// <param name="q">The query, (d).</param>
    /// <param name="k">The key, (d).</param>
    /// <param name="v">The value, (d).</param>
    /// <param name="input">ĩ.</param>
    /// <param name="forget">f̂.</param>
    /// <param name="memory">C, (d, d), replaced.</param>
    /// <param name="normalizer">n, (d), replaced.</param>
    /// <param name="stabilizer">m, replaced.</param>
    /// <param name="h">The output, (d), overwritten.</param>
    public static void Step(int d, float* q, float* k, float* v, float input, float forget, float* memory, float* normalizer, float* stabilizer, float* h)
    {
        double carried = LogSigmoid(forget) + *stabilizer;
        double m = Math.Max(carried, input);
        float i = (float)(Math.Exp(input - m) / Math.Sqrt(d)), f = (float)Math.Exp(carried - m);
        float qn = 0;
        new Span<float>(h, d).Clear();
        for (int row = 0; row < d; row++, memory += d)
        {
            normalizer[row] = (f * normalizer[row]) + (i * k[row]);
            qn += q[row] * normalizer[row];
            float written = i * k[row];
            for (int column = 0; column < d; column++)
            {
                memory[column] = (f * memory[column]) + (written * v[column]);
                h[column] += q[row] * memory[column];
            }
        }

        *stabilizer = (float)m;
        float denominator = Math.Max(Math.Abs(qn), (float)Math.Exp(-m)) + Epsilon;
        for (int column = 0; column < d; column++) { h[column] /= denominator; }
    }

    private static Workspace ComputeWeights(in MLstmArrays a)
    {
        Workspace space = workspace ??= new Workspace();
        int steps = a.Steps;
        space.Resize(steps);
        double sum = 0;
        for (int t = 0; t < steps; t++)
        {
            if (a.IsData(t)) { sum += LogSigmoid(a.Forget[t * a.Stride]); }
            space.F[t] = sum;
        }

        space.Packed.PackTransposed(a.K, steps, a.Width, a.Stride);
        Gemm.Multiply(steps, a.Q, a.Stride, space.Packed, space.S.Pointer, steps, accumulate: false);
        for (int t = 0; t < steps; t++) { ForwardRow(a, space, t); }
        return space;
    }

    private static void ForwardRow(in MLstmArrays a, Workspace space, int t)
    {
        int steps = a.Steps;
        Span<float> s = space.S.Span.Slice(t * steps, steps), decay = space.D.Span.Slice(t * steps, steps), w = space.W.Span.Slice(t * steps, steps);
        w.Clear();
        decay.Clear();
        double largest = double.NegativeInfinity;
        for (int j = 0; j <= t; j++)
        {
            double at = a.IsData(j) ? space.F[t] - space.F[j] + a.Input[j * a.Stride] : double.NegativeInfinity;
            if (at > largest) { (largest, space.Largest[t]) = (at, j); }
        }

        space.Denominator[t] = 1;
        if (double.IsNegativeInfinity(largest)) { return; } // nothing is remembered yet
        for (int j = 0; j <= t; j++)
        {
            decay[j] = a.IsData(j) ? (float)(space.F[t] - space.F[j] + a.Input[j * a.Stride] - largest) : float.NegativeInfinity;
        }

        VectorMath.Apply(VectorFunction.Exp, decay[..(t + 1)], decay[..(t + 1)]);
        float scale = (float)(1 / Math.Sqrt(a.Width));
        double sum = 0;
        for (int j = 0; j <= t; j++)
        {
            w[j] = scale * s[j] * decay[j];
            sum += w[j];
        }

        double floor = Math.Exp(-largest);
        double denominator = Math.Max(Math.Abs(sum), floor) + Epsilon;
        space.Denominator[t] = denominator;
        space.Sign[t] = Math.Abs(sum) >= floor ? Math.Sign(sum) : 0;
        space.Floor[t] = floor;
        float inverse = (float)(1 / denominator);
        for (int j = 0; j <= t; j++) { w[j] *= inverse; }
    }

    private static void BackwardRow(in MLstmArrays a, Workspace space, int t)
    {
        int steps = a.Steps;
        Span<float> dw = space.DW.Span.Slice(t * steps, steps), w = space.W.Span.Slice(t * steps, steps), decay = space.D.Span.Slice(t * steps, steps);
        double product = 0;
        for (int j = 0; j <= t; j++) { product += (double)dw[j] * w[j]; }
        double denominator = space.Denominator[t];
        double dDenominator = -product / denominator;
        double shared = space.Sign[t] * dDenominator;
        float scale = (float)(1 / Math.Sqrt(a.Width));
        double dm = space.Sign[t] == 0 ? -dDenominator * space.Floor[t] : 0, total = 0;
        for (int j = 0; j <= t; j++)
        {
            double dc = (dw[j] / denominator) + shared;
            double g = dc * w[j] * denominator;
            total += g;
            space.DF[j] -= g;
            space.DInput[j] += g;
            dw[j] = (float)(dc * decay[j] * scale);
        }

        dw[(t + 1)..].Clear();
        dm -= total;
        space.DF[t] += total + dm;
        space.DF[space.Largest[t]] -= dm;
        space.DInput[space.Largest[t]] += dm;
    }

    private static void ClearRows(float* target, in MLstmArrays a)
    {
        for (int t = 0; t < a.Steps; t++) { new Span<float>(target + (t * a.Stride), a.Width).Clear(); }
    }

    private static double LogSigmoid(double x) => Math.Min(x, 0) - Math.Log(1 + Math.Exp(-Math.Abs(x)));

    [ThreadStatic]
    private static Workspace? workspace;

    private sealed class Workspace
    {
        public PackedMatrix Packed { get; } = new();

        public TensorBuffer S { get; } = new(0);

        public TensorBuffer D { get; } = new(0);

        public TensorBuffer W { get; } = new(0);

        public TensorBuffer DW { get; } = new(0);

        public double[] F { get; private set; } = [];

        public double[] DF { get; private set; } = [];

        public double[] DInput { get; private set; } = [];

        public double[] Denominator { get; private set; } = [];

        public double[] Floor { get; private set; } = [];

        public int[] Sign { get; private set; } = [];

        public int[] Largest { get; private set; } = [];

        public void Resize(int steps)
        {
            S.Resize(steps, steps);
            D.Resize(steps, steps);
            W.Resize(steps, steps);
            if (F.Length < steps)
            {
                (F, DF, DInput, Denominator, Floor) = (new double[steps], new double[steps], new double[steps], new double[steps], new double[steps]);
                (Sign, Largest) = (new int[steps], new int[steps]);
            }

            DF.AsSpan().Clear();
            DInput.AsSpan().Clear();
            Sign.AsSpan().Clear();
            Largest.AsSpan().Clear();
            Floor.AsSpan().Clear();
        }
    }
}

/// <summary>Where the arrays of one head of one sequence are; rows of all but h and dh are <see cref="Stride"/> apart.</summary>
internal unsafe struct MLstmArrays
{
    /// <summary>The number of steps, the width d of the head, and the distances between rows.</summary>
    public int Steps, Width, Stride, HStride;

    /// <summary>Queries, keys and values (steps, d), and the gates before their functions (steps).</summary>
    public float* Q, K, V, Input, Forget;

    /// <summary>The output (steps, d).</summary>
    public float* H;

    /// <summary>The gradients; dh is read, the others are overwritten.</summary>
    public float* DH, DQ, DK, DV, DInput, DForget;

    /// <summary>One byte for each step, 0 where it is masked, or null.</summary>
    public byte* Mask;

    /// <summary>Whether a step is data.</summary>
    public readonly bool IsData(int t) => Mask is null || Mask[t] != 0;
}
