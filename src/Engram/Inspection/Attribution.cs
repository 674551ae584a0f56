using Engram.Data;
using Engram.Layers;
using Engram.Models;

namespace Engram.Inspection;

/// <summary>
/// On which parts of its input one number of a prediction rests: a share for each step of a sequence, for each word of a sentence. Through an
/// <see cref="Embedding"/>, whose whole numbers have no derivative, shares are those of the vectors, summed over their elements.
/// <code>
/// Attribution why = Attribution.IntegratedGradients(model, sentence)[0];
/// double share = why.Steps[3];
/// </code>
/// Two methods, for an output f and an input x:
/// <code>
/// gradient times input     a_k = x_k ∂f/∂x_k                                       (Shrikumar et al. 2016; first order, one pass)
/// integrated gradients     a_k = (x_k - b_k) ∫ ∂f/∂x_k (b + α (x - b)) dα, 0 to 1  (Sundararajan, Taly and Yan 2017)
/// </code>
/// The second compares x with a baseline b, and its shares sum to f(x) - f(b). Padded steps stay padded on the way from b to x.
/// </summary>
/// <remarks>
/// Layers act as in prediction: dropout does not. States of stateful layers begin at zero and are left as they were. Weights and their gradients stay
/// as they are, but the gradients are used meanwhile, so nobody may train the model at the same time.
/// </remarks>
public sealed class Attribution
{
    private readonly double[][,] shares; // of each input: (steps, elements)
    private readonly double[][] steps;

    internal Attribution(AttributionTarget target, double output, double? baseline, double[][,] shares, int points, bool isComplete)
    {
        (Unit, Step, Output, BaselineOutput, Points, IsComplete) = (target.Unit, target.Step, output, baseline, points, isComplete);
        this.shares = shares;
        steps = [.. shares.Select(share => Enumerable.Range(0, share.GetLength(0)).Select(step => Enumerable.Range(0, share.GetLength(1)).Sum(k => share[step, k])).ToArray())];
    }

    /// <summary>Which number of the output was traced back.</summary>
    public int Unit { get; }

    /// <summary>Which step of the output, or null where it has none.</summary>
    public int? Step { get; }

    /// <summary>f(x): the number itself, its logarithm or the difference of two, as <see cref="AttributionOptions"/> say.</summary>
    public double Output { get; }

    /// <summary>f(b), of integrated gradients; null for gradient times input.</summary>
    public double? BaselineOutput { get; }

    /// <summary>The share of each step of the first input. Of an input without steps, (rows, features), each feature counts as one.</summary>
    public IReadOnlyList<double> Steps => steps[0];

    /// <summary>The sum of all shares of all inputs; of integrated gradients f(x) - f(b), but for the numerical error.</summary>
    public double Sum => steps.Sum(one => one.Sum());

    /// <summary>At how many points of the way the gradient was taken; 1 for gradient times input.</summary>
    public int Points { get; }

    /// <summary>
    /// Whether integrated gradients sum to the difference in output within <see cref="AttributionOptions.Tolerance"/>, and not only to what
    /// <see cref="AttributionOptions.MostPoints"/> allowed. A difference below a hundredth of the shares' magnitudes counts as that. False for
    /// gradient times input.
    /// </summary>
    public bool IsComplete { get; }

    /// <summary>The share of each step of an input.</summary>
    /// <param name="input">Which input of the model, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such input.</exception>
    public IReadOnlyList<double> OfInput(int input) => steps[Checked(input)];

    /// <summary>The share of each element of each step: (timeSteps, features), or (timeSteps, embedding's outputDim).</summary>
    /// <param name="input">Which input of the model, from 0. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such input.</exception>
    public double[,] Elements(int input = 0) => (double[,])shares[Checked(input)].Clone();

    /// <summary>Gradient times input, for each row of x.</summary>
    /// <param name="model">The model; it is built when it is not yet.</param>
    /// <param name="x">The inputs: (rows, timeSteps, features), tokens (rows, timeSteps), or what the model takes.</param>
    /// <param name="options">Which number of the output; null for the largest of the last step.</param>
    /// <exception cref="EngramException">Shapes do not fit, or the way back ends at a layer (an embedding that does not read an input).</exception>
    public static IReadOnlyList<Attribution> GradientTimesInput(Network model, NumericArrays x, AttributionOptions? options = null) =>
        Attribute(model, x, options, integrated: false);

    /// <summary>Integrated gradients, for each row of x.</summary>
    /// <param name="model">The model; it is built when it is not yet.</param>
    /// <param name="x">The inputs: (rows, timeSteps, features), tokens (rows, timeSteps), or what the model takes.</param>
    /// <param name="options">Which number of the output, and the baseline; null for the largest of the last step, and zeros.</param>
    /// <exception cref="EngramException">Shapes do not fit, or the way back ends at a layer (an embedding that does not read an input).</exception>
    public static IReadOnlyList<Attribution> IntegratedGradients(Network model, NumericArrays x, AttributionOptions? options = null) =>
        Attribute(model, x, options, integrated: true);

    private int Checked(int input) => (uint)input < (uint)steps.Length
        ? input
        : throw new ArgumentOutOfRangeException(nameof(input), input, $"There are {steps.Length} inputs, 0 to {steps.Length - 1}.");

    private static Attribution[] Attribute(Network model, NumericArrays x, AttributionOptions? options, bool integrated)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(x);
        options ??= new AttributionOptions();
        return model.WithBatch(x, batch =>
        {
            var pass = new AttributionPass(model, options);
            AttributionInput actual = pass.Read(batch.Inputs, batch.Masks);
            AttributionInput? baseline = null;
            if (integrated && options.Baseline is { Count: > 0 } given)
            {
                baseline = model.WithBatch(given, other => pass.Read(other.Inputs, batch.Masks));
                if (!baseline.FitsTo(actual)) { throw new EngramException("The baseline must have the shape of the input."); }
            }

            float[][] gradients = [.. model.Weights.Select(weight => weight.Gradient.Span.ToArray())];
            List<(string Path, SequenceLayer Carrier)> carriers = StateCarriers.Of(model.Layers);
            TensorBuffer[]?[] states = [.. carriers.Select(entry => entry.Carrier.CarriedStates)];
            try
            {
                var all = new Attribution[batch.Rows];
                for (int row = 0; row < all.Length; row++) { all[row] = pass.Attribute(actual, baseline, row, carriers, integrated); }
                return all;
            }
            finally
            {
                for (int i = 0; i < gradients.Length; i++) { model.Weights[i].Gradient.CopyFrom(gradients[i]); }
                for (int i = 0; i < states.Length; i++) { carriers[i].Carrier.CarriedStates = states[i]; }
            }
        });
    }
}

/// <summary>Which number of an output is traced back.</summary>
internal readonly record struct AttributionTarget(int? Step, int Unit);
