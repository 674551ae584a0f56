using System.Text.Json;
using Engram.Layers;
using Xunit.Abstractions;

namespace Engram.Tests.Training;

/// <summary>Every regularizer and constraint against Keras.</summary>
public sealed class RegularizerAndConstraintGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void Penalties_and_their_gradients_are_those_of_Keras() => Golden.Run(output, "optimizers", golden =>
    {
        JsonElement config = golden.Entry.GetProperty("config");
        double Number(string name) => config.GetProperty(name).GetDouble();
        Regularizer regularizer = golden.Entry.GetProperty("regularizer").GetString() switch
        {
            "L1" => new L1(Number("l1")),
            "L2" => new L2(Number("l2")),
            "L1L2" => new L1L2(Number("l1"), Number("l2")),
            "Orthogonal" => new OrthogonalRegularizer(Number("factor"), OrthogonalMode.Rows),
            string other => throw new ArgumentException($"An unknown regularizer: {other}."),
            null => throw new ArgumentException("A regularizer without a name."),
        };

        // What stands in the gradient before must stay.
        int[] shape = golden.Axes("weight");
        float[] weight = golden.Floats("weight"), gradient = new float[weight.Length];
        gradient.AsSpan().Fill(1f / 1024);
        Golden.AssertClose(golden.Doubles("penalty"), [regularizer.Penalty(weight, shape)], 1e-6, "penalty");
        regularizer.AddGradient(weight, shape, gradient);
        for (int i = 0; i < gradient.Length; i++) { gradient[i] -= 1f / 1024; }
        Golden.AssertClose(golden.Doubles("gradient"), gradient, 1e-5, "gradient");
    }, golden => golden.Entry.TryGetProperty("regularizer", out _));

    [Fact]
    public void Constraints_are_those_of_Keras() => Golden.Run(output, "optimizers", golden =>
    {
        JsonElement config = golden.Entry.GetProperty("config");
        double Number(string name) => config.GetProperty(name).GetDouble();
        Constraint constraint = golden.Entry.GetProperty("constraint").GetString() switch
        {
            "MaxNorm" => new MaxNorm(Number("max_value"), (int)Number("axis")),
            "NonNeg" => new NonNeg(),
            "UnitNorm" => new UnitNorm((int)Number("axis")),
            "MinMaxNorm" => new MinMaxNorm(Number("min_value"), Number("max_value"), Number("rate"), (int)Number("axis")),
            string other => throw new ArgumentException($"An unknown constraint: {other}."),
            null => throw new ArgumentException("A constraint without a name."),
        };
        float[] weight = golden.Floats("weight");
        constraint.Apply(weight, golden.Axes("weight"));
        Golden.AssertClose(golden.Doubles("result"), weight, 1e-6, "result");
    }, golden => golden.Entry.TryGetProperty("constraint", out _));

    [Fact]
    public void The_columns_of_a_matrix_are_the_rows_of_its_transpose()
    {
        var random = new Random(3);
        float[] matrix = [.. Enumerable.Range(0, 15).Select(_ => random.NextSingle() - 0.5f)], transpose = new float[15];
        for (int i = 0; i < 3; i++) { for (int j = 0; j < 5; j++) { transpose[(j * 3) + i] = matrix[(i * 5) + j]; } }
        var rows = new OrthogonalRegularizer(0.1);
        var columns = new OrthogonalRegularizer(0.1, OrthogonalMode.Columns);
        Assert.Equal(rows.Penalty(transpose, [5, 3]), columns.Penalty(matrix, [3, 5]), 12);
        float[] a = new float[15], b = new float[15];
        rows.AddGradient(transpose, [5, 3], a);
        columns.AddGradient(matrix, [3, 5], b);
        for (int i = 0; i < 3; i++) { for (int j = 0; j < 5; j++) { Assert.Equal(a[(j * 3) + i], b[(i * 5) + j], 1e-7f); } }
    }

    [Fact]
    public void A_norm_over_several_axes_is_one_norm()
    {
        float[] kernel = [.. Enumerable.Range(1, 2 * 3 * 40).Select(i => (float)Math.Sin(i))];
        new UnitNorm(0, 1).Apply(kernel, [2, 3, 40]);
        for (int unit = 0; unit < 40; unit++)
        {
            double squares = 0;
            for (int k = 0; k < 6; k++) { squares += Math.Pow(kernel[(k * 40) + unit], 2); }
            Assert.Equal(1, squares, 1e-5);
        }

        Assert.Throws<ArgumentException>(() => new UnitNorm(0, 2));
        Assert.Throws<EngramException>(() => new UnitNorm(3).Apply(kernel, [6, 40]));
    }
}
