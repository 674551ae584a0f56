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
            for (int row = 0; row < Step.Rows; row++)
            {
                float* gates = Step.Gates + ((nint)row * 4 * Units);
                float* hBefore = Step.HiddenBefore + ((nint)row * Units);
                float* hAfter = Step.Hidden + ((nint)row * Units);

                // Two loops, because g waits for r: each alone keeps several vectors in flight.
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V z = TRecurrent.Value<TIsa, V>(TIsa.Load(gates + u));
                    V r = TRecurrent.Value<TIsa, V>(TIsa.Load(gates + Units + u));
                    V g = TIsa.MultiplyAdd(r, TIsa.Load(gates + (3 * Units) + u), TIsa.Load(gates + (2 * Units) + u));
                    int left = Units - u;
                    Edge.Store<TIsa, V>(gates + u, z, left);
                    Edge.Store<TIsa, V>(gates + Units + u, r, left);
                    Edge.Store<TIsa, V>(gates + (2 * Units) + u, g, left);
                }

                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V g = TActivation.Value<TIsa, V>(TIsa.Load(gates + (2 * Units) + u));
                    V h = TIsa.MultiplyAdd(TIsa.Load(gates + u), TIsa.Subtract(TIsa.Load(hBefore + u), g), g);
                    int left = Units - u;
                    Edge.Store<TIsa, V>(gates + (2 * Units) + u, g, left);
                    Edge.Store<TIsa, V>(hAfter + u, h, left);
                }
            }
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
                    V r = TIsa.Load(gates + Units + u);
                    V g = TIsa.Load(gates + (2 * Units) + u);
                    V q = TIsa.Load(gates + (3 * Units) + u);
                    V dh = TIsa.Load(dhRow + u);
                    V dzG = TIsa.Multiply(TIsa.Multiply(dh, TIsa.Subtract(one, z)), TActivation.Slope<TIsa, V>(g));
                    V dzZ = TIsa.Multiply(TIsa.Multiply(dh, TIsa.Subtract(TIsa.Load(hBefore + u), g)), TRecurrent.Slope<TIsa, V>(z));
                    V dzR = TIsa.Multiply(TIsa.Multiply(dzG, q), TRecurrent.Slope<TIsa, V>(r));
                    V dq = TIsa.Multiply(dzG, r);
                    V dhBefore = TIsa.Multiply(dh, z);
                    int left = Units - u;
                    Edge.Store<TIsa, V>(dGates + u, dzZ, left);
                    Edge.Store<TIsa, V>(dGates + Units + u, dzR, left);
                    Edge.Store<TIsa, V>(dGates + (2 * Units) + u, dzG, left);
                    Edge.Store<TIsa, V>(dGates + (3 * Units) + u, dq, left);
                    Edge.Store<TIsa, V>(dhRow + u, dhBefore, left);
                }
            }
        }
    }
}
