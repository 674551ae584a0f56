using Engram.Inspection;
using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Inspection;

public sealed class CellContentsTests
{
    [Theory]
    [InlineData("LSTM")]
    [InlineData("GRU")]
    public void The_parts_by_the_time_of_writing_sum_to_the_state(string kind)
    {
        Layer layer = kind == "LSTM" ? new Lstm(5) { ReturnSequences = true } : new Gru(5) { ReturnSequences = true };
        LayerTrace trace = Trace(layer).Layers[0];
        GateSeries state = kind == "LSTM" ? trace.CellState : trace.HiddenState;
        CellContents contents = CellContents.Of(trace, row: 1, step: 6)!;
        for (int unit = 0; unit < 5; unit++)
        {
            double sum = Enumerable.Range(0, 7).Sum(step => contents[step, unit]);
            Assert.True(Math.Abs(sum - state[1, 6, unit]) <= 1e-5, $"unit {unit}: {sum} and {state[1, 6, unit]}");
        }

        Assert.Equal(1, Enumerable.Range(0, 7).Sum(contents.Share), 9);
        Assert.Equal(1, contents.Left(6), 9); // nothing has been forgotten of what was just written
        Assert.All(Enumerable.Range(0, 6), step => Assert.InRange(contents.Left(step), 0, 1));
    }

    [Fact]
    public void What_is_left_is_the_product_of_the_forget_gates_since()
    {
        LayerTrace trace = Trace(new Lstm(4) { ReturnSequences = true }).Layers[0];
        CellContents contents = CellContents.Of(trace, 0, 5)!;
        double written = 0, left = 0;
        for (int unit = 0; unit < 4; unit++)
        {
            double wrote = Math.Abs((double)trace.InputGate[0, 2, unit] * trace.Candidate[0, 2, unit]);
            written += wrote;
            left += wrote * trace.ForgetGate[0, 3, unit] * trace.ForgetGate[0, 4, unit] * trace.ForgetGate[0, 5, unit];
        }

        Assert.Equal(written, contents.Written(2), 5);
        Assert.Equal(left / written, contents.Left(2), 5);
    }

    [Fact]
    public void Holders_are_the_units_in_which_most_is_from_these_steps()
    {
        LayerTrace trace = Trace(new Lstm(6) { ReturnSequences = true }).Layers[0];
        CellContents contents = CellContents.Of(trace, 0, 7)!;
        IReadOnlyList<int> holders = contents.Holders([2, 3], 6);
        Assert.Equal(Enumerable.Range(0, 6), holders.Order());
        double Score(int unit) => (Math.Abs(contents[2, unit]) + Math.Abs(contents[3, unit])) * contents.Share([unit], [2, 3]);
        Assert.Equal(holders.Select(Score).OrderDescending(), holders.Select(Score));
        Assert.Equal(1, contents.Share([1, 4], [.. Enumerable.Range(0, 8)]), 9);
    }

    [Fact]
    public void Layers_whose_state_is_no_such_sum_have_none()
    {
        Assert.Null(CellContents.Of(Trace(new SimpleRnn(3) { ReturnSequences = true }).Layers[0], 0, 4));
        Assert.Null(CellContents.Of(Trace(new Lstm(3) { ReturnSequences = true, GoBackwards = true }).Layers[0], 0, 4));
    }

    private static GateTrace Trace(Layer layer)
    {
        var model = new Sequential(new Input(timeSteps: 8, features: 3), layer) { Seed = 11 };
        var random = new Random(5);
        var x = new float[2, 8, 3];
        for (int i = 0; i < x.Length; i++) { x[i / 24, i / 3 % 8, i % 3] = (float)((4 * random.NextDouble()) - 2); }
        return model.Trace(x);
    }
}
