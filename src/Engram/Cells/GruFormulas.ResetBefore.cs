using System.Runtime.CompilerServices;
using Engram.Kernels;

namespace Engram.Cells;

internal sealed unsafe partial class GruFormulas
{
    private readonly struct ResetBeforeFormulas : IFusedCell
    {
        public FusedGates For<TActivation, TRecurrent>()
            where TActivation : struct, IGateFunction
            where TRecurrent : struct, IGateFunction =>
            new FusedGates<ForwardReset<TActivation, TRecurrent>, BackwardReset<TActivation, TRecurrent>>();
    }

    private readonly struct CandidateFormulas : IFusedCell
    {
        public FusedGates For<TActivation, TRecurrent>()
            where TActivation : struct, IGateFunction
            where TRecurrent : struct, IGateFunction =>
            new FusedGates<ForwardCandidate<TActivation, TRecurrent>, BackwardCandidate<TActivation, TRecurrent>>();
    }

    /// <summary>Reset before: z, r and q = r ∘ h', which the candidate's product waits for.</summary>
    private struct ForwardReset<TActivation, TRecurrent> : IGateKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                float* gates = Step.Gates + ((nint)row * 4 * Units);
                float* hBefore = Step.HiddenBefore + ((nint)row * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V z = TRecurrent.Value<TIsa, V>(TIsa.Load(gates + u));
                    V r = TRecurrent.Value<TIsa, V>(TIsa.Load(gates + Units + u));
                    V q = TIsa.Multiply(r, TIsa.Load(hBefore + u));
                    int left = Units - u;
                    Edge.Store<TIsa, V>(gates + u, z, left);
                    Edge.Store<TIsa, V>(gates + Units + u, r, left);
                    Edge.Store<TIsa, V>(gates + (3 * Units) + u, q, left);
                }
            }
        }
    }

    /// <summary>Reset before, behind the candidate's product: g and h.</summary>
    private struct ForwardCandidate<TActivation, TRecurrent> : IGateKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                float* gates = Step.Gates + ((nint)row * 4 * Units);
                float* hBefore = Step.HiddenBefore + ((nint)row * Units);
                float* hAfter = Step.Hidden + ((nint)row * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V z = TIsa.Load(gates + u);
                    V g = TActivation.Value<TIsa, V>(TIsa.Load(gates + (2 * Units) + u));
                    V h = TIsa.MultiplyAdd(z, TIsa.Subtract(TIsa.Load(hBefore + u), g), g);
                    int left = Units - u;
                    Edge.Store<TIsa, V>(gates + (2 * Units) + u, g, left);
                    Edge.Store<TIsa, V>(hAfter + u, h, left);
                }
            }
        }
    }

    /// <summary>
    /// The derivatives, reset before, on the way back first those of the candidate and the update gate:
    /// <code>
    /// dz = dh ∘ (h' - g)     dg = dh ∘ (1 - z)     dh' = dh ∘ z + dq ∘ r + [dz_z dz_r] U_zrᵀ
    /// dz_g = dg ∘ φ'(z_g)    dz_z = dz ∘ σ'(z_z)   dq = dz_g U_hᵀ
    /// </code>
    /// </summary>
    private struct BackwardCandidate<TActivation, TRecurrent> : IGateKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            V one = TIsa.Create(1f);
            for (int row = 0; row < Step.Rows; row++)
            {
                float* gates = Step.Gates + ((nint)row * 4 * Units);
                float* dGates = Step.DGates + ((nint)row * 4 * Units);
                float* hBefore = Step.HiddenBefore + ((nint)row * Units);
                float* dhRow = Step.DHidden + ((nint)row * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V z = TIsa.Load(gates + u);
                    V g = TIsa.Load(gates + (2 * Units) + u);
                    V dh = TIsa.Load(dhRow + u);
                    V dzG = TIsa.Multiply(TIsa.Multiply(dh, TIsa.Subtract(one, z)), TActivation.Slope<TIsa, V>(g));
                    V dzZ = TIsa.Multiply(TIsa.Multiply(dh, TIsa.Subtract(TIsa.Load(hBefore + u), g)), TRecurrent.Slope<TIsa, V>(z));
                    V dhBefore = TIsa.Multiply(dh, z);
                    int left = Units - u;
                    Edge.Store<TIsa, V>(dGates + u, dzZ, left);
                    Edge.Store<TIsa, V>(dGates + (2 * Units) + u, dzG, left);
                    Edge.Store<TIsa, V>(dhRow + u, dhBefore, left);
                }
            }
        }
    }

    /// <summary>Then, with dq in the scratch rows, those of the reset gate: dr = dq ∘ h', dz_r = dr ∘ σ'(z_r).</summary>
    private struct BackwardReset<TActivation, TRecurrent> : IGateKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                float* gates = Step.Gates + ((nint)row * 4 * Units);
                float* dGates = Step.DGates + ((nint)row * 4 * Units);
                float* hBefore = Step.HiddenBefore + ((nint)row * Units);
                float* dhRow = Step.DHidden + ((nint)row * Units);
                float* dqRow = Step.Scratch + ((nint)row * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V r = TIsa.Load(gates + Units + u);
                    V dq = TIsa.Load(dqRow + u);
                    V dzR = TIsa.Multiply(TIsa.Multiply(dq, TIsa.Load(hBefore + u)), TRecurrent.Slope<TIsa, V>(r));
                    V dhBefore = TIsa.MultiplyAdd(dq, r, TIsa.Load(dhRow + u));
                    int left = Units - u;
                    Edge.Store<TIsa, V>(dGates + Units + u, dzR, left);
                    Edge.Store<TIsa, V>(dhRow + u, dhBefore, left);
                }
            }
        }
    }
}
