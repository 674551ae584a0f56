using Engram.Charts;
using Engram.Cli.Series;
using Engram.Inspection;

namespace Engram.Cli.Comparisons;

/// <summary>What the picture of the gradient shows, said with the run's own figures.</summary>
internal static class GradientWords
{
    /// <summary>How far back the texts look: thirty steps, or as far as the window goes.</summary>
    public static int StepsBack(Comparison comparison) => Math.Min(30, comparison.Options.Window - 1);

    /// <summary>The paragraph under the picture.</summary>
    public static string Paragraph(Comparison comparison)
    {
        int back = StepsBack(comparison);
        Contestant[] byTrained = [.. comparison.Contestants.OrderBy(contestant => Contestant.Left(contestant.Trained, back))];
        string Each(Func<Contestant, GradientFlow> flow) => Words.And([.. comparison.Contestants.Select(contestant =>
            $"{Share(Contestant.Left(flow(contestant), back))} in the {contestant.Name}")]);
        return "Going back one step multiplies the gradient by that step's Jacobian, so over many steps it shrinks or grows exponentially; where it has shrunk "
            + "to nothing, the network cannot learn that what it read there matters (Hochreiter 1991; Bengio, Simard and Frasconi 1994). "
            + $"Here, {back} steps back, this much of the last step's gradient is left in the trained networks: {Each(contestant => contestant.Trained)}; "
            + $"before training it was {Each(contestant => contestant.Untrained)}. "
            + $"So after training it {PerStep(byTrained[0], back)} and {PerStep(byTrained[^1], back)}.";
    }

    /// <summary>Why the untrained networks differ, and what training may do about it.</summary>
    public static string Beginnings(Comparison comparison)
    {
        int back = StepsBack(comparison);
        Contestant lstm = comparison.Contestants[^1];
        return "Where they begin is a matter of the initial weights, which are Keras' here. The simple RNN's recurrent matrix is orthogonal, which keeps the gradient's length, "
            + "so that only tanh's slope shortens it; but nothing holds that matrix there while it learns. "
            + "The GRU and the LSTM have a way back that is gated instead of multiplied by a matrix (for the LSTM its cell state, the constant error carousel of Hochreiter and Schmidhuber 1997): "
            + $"it fades only as far as its gate closes. The LSTM's forget gate begins near σ(1) = 0.73, which over {back} steps is {Share(Math.Pow(1 / (1 + Math.Exp(-1)), back))}, the GRU's update gate near 0.5, which is {Share(Math.Pow(0.5, back))}; "
            + "learning opens or closes them as the series asks. "
            + $"Along the LSTM's cell state {Share(CellLeft(lstm.Untrained, back))} was left before training and {Share(CellLeft(lstm.Trained, back))} after.";
    }

    /// <summary>What is left, as a short number.</summary>
    public static string Share(double left) => left switch
    {
        double.NaN => "–",
        >= 2 => $"{NumberText.Significant(left, 2)} times",
        >= 0.01 => $"{NumberText.Decimals(100 * left, left >= 0.1 ? 0 : 1)} %",
        _ => NumberText.Significant(left, 2),
    };

    // From the step before the last, where the cell state first has a way of its own.
    private static double CellLeft(GradientFlow flow, int back) => back < 2 ? double.NaN : flow.Cell[^(1 + back)] / flow.Cell[^2];

    private static string PerStep(Contestant contestant, int back)
    {
        double left = Contestant.Left(contestant.Trained, back);
        return left > 1
            ? $"does not fade in the {contestant.Name}"
            : $"fades by {NumberText.Decimals(100 * (1 - Math.Pow(left, 1.0 / back)), 1)} % a step on average in the {contestant.Name}";
    }
}
