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
/// and for all steps at once, from C₀, n₀ and m₀ (zeros at the beginning), with F_t the sum of ln σ(f̂) up to step t:
/// <code>
/// A_tj = F_t - F_j + ĩ_j for j ≤ t     A_t0 = F_t + m₀     m_t = max_j A_tj     D_tj = exp(A_tj - m_t)
/// S = Q Kᵀ / √d     c = S ∘ D          s_t = Σ_j c_tj + D_t0 q_t n₀           den_t = max(|s_t|, exp(-m_t)) + ε
/// w_tj = c_tj / den_t                  H = w V + (D_t0 / den_t) Q C₀
/// C_T = Σ_j D_Tj k_j v_jᵀ / √d + D_T0 C₀     n_T = Σ_j D_Tj k_j / √d + D_T0 n₀
/// </code>
/// A masked step writes nothing and forgets nothing.
/// </summary>
internal static unsafe partial class MLstmHead
{
    private const float Epsilon = 1e-6f;

    // Instead of a step's number: the largest exponent is the initial states'.
    private const int Initial = -1;

    /// <summary>Computes h of all steps, and the states after them where they are asked for.</summary>
    public static void Forward(in MLstmArrays a)
    {
        Workspace space = ComputeWeights(a);
        int d = a.Width;
        space.Packed.Pack(a.V, a.Steps, d, a.Stride);
        Gemm.Multiply(a.Steps, space.W.Pointer, a.Steps, space.Packed, a.H, a.HStride, accumulate: false);
        if (a.InitialMemory is not null)
        {
            float* read = ReadInitialMemory(a, space);
            for (int t = 0; t < a.Steps; t++)
            {
                float share = (float)(space.Kept[t] / space.Denominator[t]);
                for (int column = 0; column < d; column++) { a.H[(t * a.HStride) + column] += share * read[(t * d) + column]; }
            }
        }

        if (a.FinalMemory is not null) { WriteFinalStates(a, space); }
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
        int steps = a.Steps, d = a.Width;
        space.Resize(steps);
        double sum = 0;
        for (int t = 0; t < steps; t++)
        {
            if (a.IsData(t)) { sum += LogSigmoid(a.Forget[t * a.Stride]); }
            space.F[t] = sum;
            space.ReadNormalizer[t] = 0;
            for (int k = 0; a.InitialNormalizer is not null && k < d; k++)
            {
                space.ReadNormalizer[t] += (double)a.Q[(t * a.Stride) + k] * a.InitialNormalizer[k];
            }
        }

        space.Packed.PackTransposed(a.K, steps, d, a.Stride);
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
        double kept = space.F[t] + (a.InitialStabilizer is null ? 0 : *a.InitialStabilizer), largest = kept;
        space.Largest[t] = Initial;
        for (int j = 0; j <= t; j++)
        {
            double at = a.IsData(j) ? space.F[t] - space.F[j] + a.Input[j * a.Stride] : double.NegativeInfinity;
            if (at > largest) { (largest, space.Largest[t]) = (at, j); }
        }

        largest = (float)largest; // as the state m holds it
        for (int j = 0; j <= t; j++)
        {
            decay[j] = a.IsData(j) ? (float)(space.F[t] - space.F[j] + a.Input[j * a.Stride] - largest) : float.NegativeInfinity;
        }

        VectorMath.Apply(VectorFunction.Exp, decay[..(t + 1)], decay[..(t + 1)]);
        float scale = (float)(1 / Math.Sqrt(a.Width));
        space.Kept[t] = Math.Exp(kept - largest);
        double sum = space.Kept[t] * space.ReadNormalizer[t];
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
        space.M[t] = (float)largest;
        float inverse = (float)(1 / denominator);
        for (int j = 0; j <= t; j++) { w[j] *= inverse; }
    }

    // Q C₀, (steps, d).
    private static float* ReadInitialMemory(in MLstmArrays a, Workspace space)
    {
        int d = a.Width;
        space.Read.Resize(a.Steps, d);
        space.Packed.Pack(a.InitialMemory, d, d, d);
        Gemm.Multiply(a.Steps, a.Q, a.Stride, space.Packed, space.Read.Pointer, d, accumulate: false);
        return space.Read.Pointer;
    }

    private static void WriteFinalStates(in MLstmArrays a, Workspace space)
    {
        int steps = a.Steps, d = a.Width;
        float* written = WrittenKeys(a, space);
        var kept = (float)space.Kept[steps - 1];
        for (int i = 0; i < d; i++)
        {
            double n = a.InitialNormalizer is null ? 0 : (double)kept * a.InitialNormalizer[i];
            for (int t = 0; t < steps; t++) { n += written[(t * d) + i]; }
            a.FinalNormalizer[i] = (float)n;
        }

        for (int i = 0; i < d * d; i++) { a.FinalMemory[i] = a.InitialMemory is null ? 0 : kept * a.InitialMemory[i]; }
        Gemm.AddTransposed(d, d, steps, written, d, a.V, a.Stride, a.FinalMemory, d);
        *a.FinalStabilizer = space.M[steps - 1];
    }

    // What of each step's key is in the last memory: D_Tj k_j / √d, (steps, d).
    private static float* WrittenKeys(in MLstmArrays a, Workspace space)
    {
        int steps = a.Steps, d = a.Width;
        space.Written.Resize(steps, d);
        float* written = space.Written.Pointer;
        ReadOnlySpan<float> last = space.D.Span.Slice((steps - 1) * steps, steps);
        float scale = (float)(1 / Math.Sqrt(d));
        for (int t = 0; t < steps; t++)
        {
            float share = last[t] * scale;
            for (int i = 0; i < d; i++) { written[(t * d) + i] = share * a.K[(t * a.Stride) + i]; }
        }

        return written;
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

        public TensorBuffer Read { get; } = new(0);

        public TensorBuffer Written { get; } = new(0);

        public TensorBuffer DRead { get; } = new(0);

        public double[] F { get; private set; } = [];

        /// <summary>D_t0: what is kept of the initial states.</summary>
        public double[] Kept { get; private set; } = [];

        /// <summary>q_t n₀.</summary>
        public double[] ReadNormalizer { get; private set; } = [];

        public double[] DReadNormalizer { get; private set; } = [];

        public float[] M { get; private set; } = [];

        public double DInitialStabilizer { get; set; }

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
                (Kept, ReadNormalizer, DReadNormalizer) = (new double[steps], new double[steps], new double[steps]);
                (Sign, Largest, M) = (new int[steps], new int[steps], new float[steps]);
            }

            DF.AsSpan().Clear();
            DInput.AsSpan().Clear();
        }
    }
}
