using System.Runtime.CompilerServices;
using Engram.Kernels;

namespace Engram.Cells;

internal sealed unsafe partial class GruFormulas
{
    private readonly struct ResetAfterFormulas : IFusedCell
    {
        public FusedGates For<TActivation, TRecurrent>()
            where TActivation : struct, IGateFunction
            where TRecurrent : struct, IGateFunction =>
            new FusedGates<ForwardAfter<TActivation, TRecurrent>, BackwardAfter<TActivation, TRecurrent>>();
    }

    /// <summary>The formulas above, reset after, a vector of units at a time.</summary>
    private struct ForwardAfter<TActivation, TRecurrent> : IGateKernel
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
                // Two loops, because g waits for r: each alone keeps several vectors in flight. Two vectors each time, as in the LSTM.
                for (nint u = 0; u < whole; u += 2 * lanes)
                {
                    Gates<TIsa, V, WholeVector>(gates + u, units, 0);
                    nint v = u + lanes;
                    if (v < whole) { Gates<TIsa, V, WholeVector>(gates + v, units, 0); }
                }

                if (whole < units) { Gates<TIsa, V, PartOfVector>(gates + whole, units, (int)(units - whole)); }
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

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Gates<TIsa, V, TStore>(float* gates, nint units, int left)
            where TIsa : struct, IVectorIsa<V>
            where V : struct
            where TStore : struct, IStore
        {
            V z = TRecurrent.Value<TIsa, V>(TIsa.Load(gates));
            V r = TRecurrent.Value<TIsa, V>(TIsa.Load(gates + units));
            V g = TIsa.MultiplyAdd(r, TIsa.Load(gates + (3 * units)), TIsa.Load(gates + (2 * units)));
            TStore.Store<TIsa, V>(gates, z, left);
            TStore.Store<TIsa, V>(gates + units, r, left);
            TStore.Store<TIsa, V>(gates + (2 * units), g, left);
        }
    }

    /// <summary>
    /// The derivatives, reset after; the fourth block is dq. σ' and φ' follow from the gates themselves:
    /// <code>
    /// dz = dh ∘ (h' - g)     dg = dh ∘ (1 - z)     dh' = dh ∘ z + [dz_z dz_r] U_zrᵀ + dq U_hᵀ
    /// dz_g = dg ∘ φ'(z_g)    dr = dz_g ∘ q         dq = dz_g ∘ r
    /// dz_z = dz ∘ σ'(z_z)                          dz_r = dr ∘ σ'(z_r)
    /// </code>
    /// </summary>
    private struct BackwardAfter<TActivation, TRecurrent> : IGateKernel
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

                if (whole < units)
                {
                    Derivatives<TIsa, V, PartOfVector>(gates + whole, dGates + whole, hBefore + whole, dh + whole, units, (int)(units - whole));
                }

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
            V r = TIsa.Load(gates + units);
            V g = TIsa.Load(gates + (2 * units));
            V q = TIsa.Load(gates + (3 * units));
            V dh = TIsa.Load(dHidden);
            V dzG = TIsa.Multiply(TIsa.Multiply(dh, TIsa.Subtract(TIsa.Create(1f), z)), TActivation.Slope<TIsa, V>(g));
            V dzZ = TIsa.Multiply(TIsa.Multiply(dh, TIsa.Subtract(TIsa.Load(hBefore), g)), TRecurrent.Slope<TIsa, V>(z));
            V dzR = TIsa.Multiply(TIsa.Multiply(dzG, q), TRecurrent.Slope<TIsa, V>(r));
            TStore.Store<TIsa, V>(dGates, dzZ, left);
            TStore.Store<TIsa, V>(dGates + units, dzR, left);
            TStore.Store<TIsa, V>(dGates + (2 * units), dzG, left);
            TStore.Store<TIsa, V>(dGates + (3 * units), TIsa.Multiply(dzG, r), left);
            TStore.Store<TIsa, V>(dHidden, TIsa.Multiply(dh, z), left);
        }
    }
}
