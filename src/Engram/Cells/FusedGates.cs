using Engram.Kernels;
using Engram.Layers;

namespace Engram.Cells;

/// <summary>
/// A cell's formulas compiled for one pair of activations, all gates of a vector of units at once. Cells have them for the usual
/// activations; with any other they apply one function to one gate at a time.
/// </summary>
internal abstract class FusedGates
{
    public abstract void Forward(in CellStep step, int units);

    public abstract void Backward(in CellStep step, int units);

    /// <summary>The cell's formulas for these activations, or null where they are not among those that are compiled in.</summary>
    public static FusedGates? Choose<TCell>(ActivationFunction activation, ActivationFunction recurrentActivation, TCell cell)
        where TCell : struct, IFusedCell =>
        recurrentActivation.Equals(Activations.Sigmoid) ? Choose<TCell, SigmoidGate>(activation, cell)
        : recurrentActivation.Equals(Activations.HardSigmoid) ? Choose<TCell, HardSigmoidGate>(activation, cell)
        : null;

    private static FusedGates? Choose<TCell, TRecurrent>(ActivationFunction activation, TCell cell)
        where TCell : struct, IFusedCell
        where TRecurrent : struct, IGateFunction =>
        activation.Equals(Activations.Tanh) ? cell.For<TanhGate, TRecurrent>()
        : activation.Equals(Activations.Relu) ? cell.For<ReluGate, TRecurrent>()
        : null;
}

/// <summary>A kind of cell whose formulas can be compiled for a pair of activations.</summary>
internal interface IFusedCell
{
    /// <summary>The formulas with φ = <typeparamref name="TActivation"/> and σ = <typeparamref name="TRecurrent"/>.</summary>
    FusedGates For<TActivation, TRecurrent>() where TActivation : struct, IGateFunction where TRecurrent : struct, IGateFunction;
}

/// <summary>
/// A loop over the gates of a step's rows. It is never inlined: inside a caller there would be no room left to inline its functions.
/// </summary>
internal interface IGateKernel : IKernel
{
    /// <summary>Says on which step, of a cell of how many units.</summary>
    void Set(in CellStep step, int units);
}

/// <summary>The formulas and their derivatives as a pair of loops.</summary>
internal sealed class FusedGates<TForward, TBackward> : FusedGates
    where TForward : struct, IGateKernel
    where TBackward : struct, IGateKernel
{
    public override void Forward(in CellStep step, int units) => Run<TForward>(step, units);

    public override void Backward(in CellStep step, int units) => Run<TBackward>(step, units);

    private static void Run<TKernel>(in CellStep step, int units) where TKernel : struct, IGateKernel
    {
        var kernel = default(TKernel);
        kernel.Set(step, units);
        Isa.Run(ref kernel);
    }
}
