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
            int units = Units;
            nint whole = units - (units % TIsa.Lanes), lanes = TIsa.Lanes, width = RowStride(4 * units);
            float* gates = Step.Gates, hBefore = Step.HiddenBefore;
            for (int row = Step.Rows; row > 0; row--)
            {
                for (nint u = 0; u < whole; u += 2 * lanes)
                {
                    Gates<TIsa, V, WholeVector>(gates + u, hBefore + u, units, 0);
                    nint v = u + lanes;
                    if (v < whole) { Gates<TIsa, V, WholeVector>(gates + v, hBefore + v, units, 0); }
                }

                if (whole < units) { Gates<TIsa, V, PartOfVector>(gates + whole, hBefore + whole, units, (int)(units - whole)); }
                gates += width;
                hBefore += units;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Gates<TIsa, V, TStore>(float* gates, float* hBefore, nint units, int left)
            where TIsa : struct, IVectorIsa<V>
            where V : struct
            where TStore : struct, IStore
        {
            V z = TRecurrent.Value<TIsa, V>(TIsa.Load(gates));
            V r = TRecurrent.Value<TIsa, V>(TIsa.Load(gates + units));
            TStore.Store<TIsa, V>(gates, z, left);
            TStore.Store<TIsa, V>(gates + units, r, left);
            TStore.Store<TIsa, V>(gates + (3 * units), TIsa.Multiply(r, TIsa.Load(hBefore)), left);
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
            int units = Units;
            nint whole = units - (units % TIsa.Lanes), lanes = TIsa.Lanes, width = RowStride(4 * units);
            float* gates = Step.Gates, hBefore = Step.HiddenBefore, hAfter = Step.Hidden;
            for (int row = Step.Rows; row > 0; row--)
            {
                for (nint u = 0; u < whole; u += 2 * lanes)
                {
                    State<TIsa, V, TActivation, WholeVector>(gates + u, hBefore + u, hAfter + u, units, 0);
                    nint v = u + lanes;
                    if (v < whole) { State<TIsa, V, TActivation, WholeVector>(gates + v, hBefore + v, hAfter + v, units, 0); }
                }

                if (whole < units) { State<TIsa, V, TActivation, PartOfVector>(gates + whole, hBefore + whole, hAfter + whole, units, (int)(units - whole)); }
                gates += width;
                hBefore += units;
                hAfter += units;
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
            int units = Units;
            nint whole = units - (units % TIsa.Lanes), lanes = TIsa.Lanes, width = RowStride(4 * units), dhStride = RowStride(units);
            nint before = Step.Rows * width, hBeforeThat = Step.Rows * units;
            float* gates = Step.Gates, dGates = Step.DGates, hBefore = Step.HiddenBefore, dh = Step.DHidden;
            for (int row = Step.Rows; row > 0; row--)
            {
                for (nint u = 0; u < whole; u += 2 * lanes)
                {
                    // What the step before this one, the next on the way back, will read.
                    CacheHint.SoonGates(gates + u - before, units);
                    CacheHint.Soon(hBefore + u - hBeforeThat);
                    Derivatives<TIsa, V, WholeVector>(gates + u, dGates + u, hBefore + u, dh + u, units, 0);
                    nint v = u + lanes;
                    if (v < whole) { Derivatives<TIsa, V, WholeVector>(gates + v, dGates + v, hBefore + v, dh + v, units, 0); }
                }

                if (whole < units) { Derivatives<TIsa, V, PartOfVector>(gates + whole, dGates + whole, hBefore + whole, dh + whole, units, (int)(units - whole)); }
                gates += width;
                dGates += width;
                hBefore += units;
                dh += dhStride;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Derivatives<TIsa, V, TStore>(float* gates, float* dGates, float* hBefore, float* dHidden, nint units, int left)
            where TIsa : struct, IVectorIsa<V>
            where V : struct
            where TStore : struct, IStore
        {
            V z = TIsa.Load(gates);
            V g = TIsa.Load(gates + (2 * units));
            V dh = TIsa.Load(dHidden);
            V dzG = TIsa.Multiply(TIsa.Multiply(dh, TIsa.Subtract(TIsa.Create(1f), z)), TActivation.Slope<TIsa, V>(g));
            V dzZ = TIsa.Multiply(TIsa.Multiply(dh, TIsa.Subtract(TIsa.Load(hBefore), g)), TRecurrent.Slope<TIsa, V>(z));
            TStore.Store<TIsa, V>(dGates, dzZ, left);
            TStore.Store<TIsa, V>(dGates + (2 * units), dzG, left);
            TStore.Store<TIsa, V>(dHidden, TIsa.Multiply(dh, z), left);
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
            int units = Units;
            nint whole = units - (units % TIsa.Lanes), lanes = TIsa.Lanes, width = RowStride(4 * units), dhStride = RowStride(units);
            float* gates = Step.Gates, dGates = Step.DGates, hBefore = Step.HiddenBefore, dh = Step.DHidden, dq = Step.Scratch;
            for (int row = Step.Rows; row > 0; row--)
            {
                for (nint u = 0; u < whole; u += 2 * lanes)
                {
                    Derivatives<TIsa, V, WholeVector>(gates + u, dGates + u, hBefore + u, dh + u, dq + u, units, 0);
                    nint v = u + lanes;
                    if (v < whole) { Derivatives<TIsa, V, WholeVector>(gates + v, dGates + v, hBefore + v, dh + v, dq + v, units, 0); }
                }

                if (whole < units) { Derivatives<TIsa, V, PartOfVector>(gates + whole, dGates + whole, hBefore + whole, dh + whole, dq + whole, units, (int)(units - whole)); }
                gates += width;
                dGates += width;
                hBefore += units;
                dh += dhStride;
                dq += dhStride;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Derivatives<TIsa, V, TStore>(float* gates, float* dGates, float* hBefore, float* dHidden, float* dCandidate, nint units, int left)
            where TIsa : struct, IVectorIsa<V>
            where V : struct
            where TStore : struct, IStore
        {
            V r = TIsa.Load(gates + units);
            V dq = TIsa.Load(dCandidate);
            V dzR = TIsa.Multiply(TIsa.Multiply(dq, TIsa.Load(hBefore)), TRecurrent.Slope<TIsa, V>(r));
            TStore.Store<TIsa, V>(dGates + units, dzR, left);
            TStore.Store<TIsa, V>(dHidden, TIsa.MultiplyAdd(dq, r, TIsa.Load(dHidden)), left);
        }
    }
}
