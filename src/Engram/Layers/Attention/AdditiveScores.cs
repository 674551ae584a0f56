using System.Runtime.CompilerServices;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// The scores z_ts = Σ_d w_d tanh(a (q_td + k_sd)). Nothing of the size queries · keys · length is ever stored: backward computes the
/// tanh again.
/// <code>
/// u = tanh(a (q + k))   g = w (1 - u²) dz
/// dq = a Σ_s g   dk = a Σ_t g   dw = Σ_ts u dz   da = Σ_tsd (q + k) g
/// </code>
/// </summary>
internal sealed unsafe class AdditiveScores : AttentionWork
{
    /// <summary>w: (length).</summary>
    public float* Weights { get; set; }

    /// <summary>a.</summary>
    public float InnerScale { get; set; } = 1;

    /// <summary>dw of each item and then the share of each element in da: (items, 2, length), overwritten.</summary>
    public float* DWeights { get; set; }

    protected override long Operations(in AttentionArrays arrays) =>
        (long)arrays.Items * arrays.Queries * arrays.Keys * ((20L * arrays.KeyLength) + arrays.ValueLength);

    protected override void Scores(in AttentionArrays arrays, int item, float* z)
    {
        PackedMatrix packed = Buffers.Packed;
        packed.PackTransposed(arrays.At(arrays.K, item, arrays.Keys, arrays.KeyLength), arrays.Keys, arrays.KeyLength, arrays.KeyLength);
        var sums = new Sums
        {
            Queries = arrays.Queries,
            Keys = arrays.Keys,
            Length = arrays.KeyLength,
            A = InnerScale,
            Q = arrays.At(arrays.Q, item, arrays.Queries, arrays.KeyLength),
            Panels = packed.Pointer,
            W = Weights,
            Z = z,
        };
        Isa.Run(ref sums);
    }

    protected override void BackwardScores(in AttentionArrays arrays, int item, float* dz)
    {
        int length = arrays.KeyLength;
        var gradients = new Gradients
        {
            Queries = arrays.Queries,
            Keys = arrays.Keys,
            Length = length,
            A = InnerScale,
            Q = arrays.At(arrays.Q, item, arrays.Queries, length),
            K = arrays.At(arrays.K, item, arrays.Keys, length),
            W = Weights,
            DZ = dz,
            DQ = arrays.At(arrays.DQ, item, arrays.Queries, length),
            DK = arrays.At(arrays.DK, item, arrays.Keys, length),
            DW = DWeights + ((nint)item * 2 * length),
            Block = Buffers.Matrix(2, arrays.Keys, Isa.Lanes),
        };
        Isa.Run(ref gradients);
    }

    // Lanes run across keys, so a score is one sum in ascending order of d.
    private struct Sums : IKernel
    {
        public int Queries, Keys, Length;
        public float A;
        public float* Q, Panels, W, Z;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            float* panel = Panels;
            for (int first = 0; first < Keys; first += 2 * TIsa.Lanes)
            {
                int width = Keys - first > TIsa.Lanes ? 2 * TIsa.Lanes : TIsa.Lanes;
                for (int column = 0; column < width; column += TIsa.Lanes)
                {
                    for (int t = 0; t < Queries; t++)
                    {
                        V sum = Row<TIsa, V>(Q + ((nint)t * Length), panel + column, width);
                        Edge.Store<TIsa, V>(Z + ((nint)t * Keys) + first + column, sum, Keys - first - column);
                    }
                }

                panel += (nint)Length * width;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly V Row<TIsa, V>(float* q, float* k, int width) where TIsa : struct, IVectorIsa<V> where V : struct
        {
            V a = TIsa.Create(A), sum = TIsa.Zero;
            for (int d = 0; d < Length; d++, k += width)
            {
                V u = VectorMath.Tanh<TIsa, V>(TIsa.Multiply(a, TIsa.Add(TIsa.Create(q[d]), TIsa.Load(k))));
                sum = TIsa.MultiplyAdd(TIsa.Create(W[d]), u, sum);
            }

            return sum;
        }
    }

    // Lanes run across d: every gradient is one sum in ascending order of queries and keys.
    private struct Gradients : IKernel
    {
        public int Queries, Keys, Length;
        public float A;
        public float* Q, K, W, DZ, DQ, DK, DW;
        public float* Block; // Σ_t (1 - u²) dz of a vector's worth of d: (keys, lanes)

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            V a = TIsa.Create(A);
            for (int d = 0; d < Length; d += TIsa.Lanes)
            {
                int left = Length - d;
                V w = TIsa.Load(W + d), aw = TIsa.Multiply(a, w);
                V dw = TIsa.Zero, da = TIsa.Zero;
                for (int s = 0; s < Keys; s++) { TIsa.Store(Block + (s * TIsa.Lanes), TIsa.Zero); }
                for (int t = 0; t < Queries; t++)
                {
                    V q = TIsa.Load(Q + ((nint)t * Length) + d), dq = TIsa.Zero;
                    float* k = K + d, dz = DZ + ((nint)t * Keys), dk = Block;
                    for (int s = 0; s < Keys; s++, k += Length, dk += TIsa.Lanes)
                    {
                        V x = TIsa.Add(q, TIsa.Load(k)), e = TIsa.Create(dz[s]);
                        V u = VectorMath.Tanh<TIsa, V>(TIsa.Multiply(a, x));
                        V eu = TIsa.Multiply(e, u);
                        V g = TIsa.Subtract(e, TIsa.Multiply(eu, u));
                        dw = TIsa.Add(dw, eu);
                        da = TIsa.MultiplyAdd(g, x, da);
                        dq = TIsa.Add(dq, g);
                        TIsa.Store(dk, TIsa.Add(TIsa.Load(dk), g));
                    }

                    Edge.Store<TIsa, V>(DQ + ((nint)t * Length) + d, TIsa.Multiply(aw, dq), left);
                }

                for (int s = 0; s < Keys; s++)
                {
                    float* dk = DK + ((nint)s * Length) + d;
                    Edge.Store<TIsa, V>(dk, TIsa.MultiplyAdd(aw, TIsa.Load(Block + (s * TIsa.Lanes)), TIsa.Load(dk)), left);
                }

                Edge.Store<TIsa, V>(DW + d, dw, left);
                Edge.Store<TIsa, V>(DW + Length + d, TIsa.Multiply(w, da), left);
            }
        }
    }
}
