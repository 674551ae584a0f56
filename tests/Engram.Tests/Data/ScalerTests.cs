using System.Text.Json;
using Engram.Data;
using Xunit.Abstractions;

namespace Engram.Tests.Data;

public sealed class ScalerTests(ITestOutputHelper output)
{
    public static TheoryData<string> Kinds => ["StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler", "PowerScaler", "NoScaler"];

    [Fact]
    public void Scalers_agree_with_scikit_learn() => Golden.Run(output, "domain", golden =>
    {
        Scaler scaler = golden.Name switch
        {
            "scaler_min_max_minus1_1" => new MinMaxScaler(-1, 1),
            "scaler_power_yeo_johnson" => new PowerScaler(),
            _ => Create(golden.Entry.GetProperty("kind").GetString()!),
        };
        scaler.Fit(Table(golden, "fit"));
        double[,] input = Table(golden, "input");
        double[,] scaled = scaler.Transform(input);
        double[] expected = golden.Doubles("output");
        for (int column = 0; column < input.GetLength(1); column++)
        {
            // The exponent of largest likelihood is known to about half the digits, as the likelihood is flat at its top. The third
            // column lies within -3 ± 0.02: its likelihood is flat from 15 to 25, and rounding decides where the search ends.
            double tolerance = scaler is not PowerScaler ? 1e-13 : column == 2 ? 1e-3 : 1e-7;
            Golden.AssertClose(Column(expected, column), Column(Flat(scaled), column), tolerance, $"{golden.Name}, column {column}");
        }

        double[] Column(double[] flat, int column) => [.. flat.Where((_, i) => i % input.GetLength(1) == column)];
        Golden.AssertClose(Flat(input), Flat(scaler.InverseTransform(scaled)), scaler is PowerScaler ? 1e-7 : 1e-13, golden.Name + ", inverse");
    }, golden => golden.Name.StartsWith("scaler_", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Inverse_undoes_transform_and_saved_state_does_the_same(string kind)
    {
        double[,] values = Random(50, 4, new RandomKey(3).Derive(kind));
        Scaler scaler = Create(kind).Fit(values);
        Scaler loaded = Scaler.FromJson(scaler.ToJson());
        Assert.Equal(4, loaded.Columns);
        Assert.Equal(kind, loaded.Name);

        double[,] scaled = scaler.Transform(values);
        Assert.Equal(Flat(scaled), Flat(loaded.Transform(values)));
        Assert.Equal(Flat(scaler.InverseTransform(scaled)), Flat(loaded.InverseTransform(scaled)));
        Golden.AssertClose(Flat(values), Flat(scaler.InverseTransform(scaled)), 1e-12, kind);
        for (int column = 0; column < 4; column++)
        {
            double[] one = [.. Enumerable.Range(0, 50).Select(row => values[row, column])];
            Assert.Equal(Enumerable.Range(0, 50).Select(row => scaled[row, column]), scaler.Transform(one, column));
            Golden.AssertClose(one, scaler.InverseTransform(scaler.Transform(one, column), column), 1e-12, kind);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void NaN_is_ignored_in_fit_and_kept_in_transform(string kind)
    {
        double[,] whole = Random(20, 2, new RandomKey(5));
        var holes = new double[23, 2];
        for (int row = 0; row < 23; row++)
        {
            for (int column = 0; column < 2; column++) { holes[row, column] = row is 0 or 11 or 22 ? double.NaN : whole[row - 1 - (row > 11 ? 1 : 0), column]; }
        }

        Scaler scaler = Create(kind).Fit(holes);
        Assert.Equal(Flat(Create(kind).Fit(whole).Transform(whole)), Flat(scaler.Transform(whole)));
        Assert.Equal(double.NaN, scaler.Transform([double.NaN], 1)[0]);
        Assert.Equal(double.NaN, scaler.InverseTransform([double.NaN], 1)[0]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_constant_column_stays_finite_and_unscaled(string kind)
    {
        foreach (double constant in (double[])[0, 0.1, -1e12, 1e-300])
        {
            Scaler scaler = Create(kind).Fit([constant, constant, constant, constant, constant, constant, constant]);
            double[] scaled = scaler.Transform([constant, constant + 1]);
            Assert.All(scaled, value => Assert.True(double.IsFinite(value), $"{kind}: {value}"));
            double expected = kind switch { "MaxAbsScaler" => constant is 0 or 1e-300 ? constant : Math.Sign(constant), "NoScaler" => constant, _ => 0 };
            Golden.AssertClose([expected], [scaled[0]], 1e-12, kind);
            Golden.AssertClose([constant], scaler.InverseTransform([scaled[0]]), 1e-12, kind);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Wrong_use_is_an_error_that_names_the_scaler(string kind)
    {
        Scaler scaler = Create(kind);
        foreach (Action wrong in (Action[])
        [
            () => scaler.Transform([1.0]),
            () => scaler.InverseTransform(new double[1, 1]),
            () => scaler.ToJson(),
            () => scaler.Fit(new double[0, 3]),
            () => scaler.Fit(new double[3, 0]),
            () => scaler.Fit([double.NaN, double.NaN]),
            () => scaler.Fit([1, double.PositiveInfinity]),
        ])
        {
            Assert.Contains(kind, Assert.Throws<EngramException>(wrong).Message, StringComparison.Ordinal);
        }

        scaler.Fit(new double[,] { { 1, 2 }, { 3, 5 } });
        Assert.Contains("2 columns", Assert.Throws<EngramException>(() => scaler.Transform(new double[4, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("no column 2", Assert.Throws<EngramException>(() => scaler.Transform([1.0], 2)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"scaler":"System.Diagnostics.Process"}""")]
    [InlineData("""{"scaler":"StandardScaler","center":[1],"scale":[]}""")]
    [InlineData("""{"scaler":"StandardScaler","center":[1,2],"scale":[1]}""")]
    [InlineData("""{"scaler":"StandardScaler","center":[1],"scale":[0]}""")]
    [InlineData("""{"scaler":"StandardScaler","center":["1"],"scale":[1]}""")]
    [InlineData("""{"scaler":"StandardScaler","center":[1e999],"scale":[1]}""")]
    [InlineData("""{"scaler":"MinMaxScaler","low":1,"high":0,"center":[1],"scale":[1]}""")]
    [InlineData("""{"scaler":"PowerScaler","lambda":[1,1],"center":[1],"scale":[1]}""")]
    public void Damaged_state_is_an_error(string json) => Assert.Throws<EngramException>(() => Scaler.FromJson(json));

    [Fact]
    public void Power_scaler_says_what_has_no_original()
    {
        double[] skewed = [.. Enumerable.Range(1, 200).Select(i => 1 - Math.Pow(1000, -i / 200.0))]; // exponent far above 2
        var scaler = (PowerScaler)new PowerScaler().Fit(skewed);
        Assert.True(scaler.Lambdas[0] > 2);
        double unreachable = -1e9;
        Assert.Contains("StandardScaler", Assert.Throws<EngramException>(() => scaler.InverseTransform([unreachable])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Yeo_Johnson_is_continuous_through_its_special_exponents()
    {
        foreach (double x in (double[])[-5, -0.1, 0, 1e-9, 3, 1e6])
        {
            foreach (double lambda in (double[])[0, 2])
            {
                double at = PowerScaler.YeoJohnson(x, lambda);
                Golden.AssertClose([at], [PowerScaler.YeoJohnson(x, lambda + 1e-13)], 1e-10, "above");
                Golden.AssertClose([at], [PowerScaler.YeoJohnson(x, lambda - 1e-13)], 1e-10, "below");
            }
        }
    }

    [Fact]
    public void State_is_part_of_a_larger_document()
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WritePropertyName("scaler_of_x");
            new MinMaxScaler(-2, 3).Fit([1.0, 4.0]).WriteJson(json);
            json.WriteEndObject();
        }

        using JsonDocument document = JsonDocument.Parse(memory.ToArray());
        var loaded = (MinMaxScaler)Scaler.FromJson(document.RootElement.GetProperty("scaler_of_x"));
        Assert.Equal((-2, 3), (loaded.Low, loaded.High));
        Golden.AssertClose([-2.0, 3.0], loaded.Transform([1.0, 4.0]), 1e-15, "range");
    }

    [Fact]
    public void Series_transforms_are_undone()
    {
        double[] series = [.. Enumerable.Range(0, 30).Select(i => 100 + (i * i) + (10 * Math.Sin(i)))];
        foreach (SeriesTransform transform in (SeriesTransform[])[new LogTransform(), new Differencing(), new Differencing(7), new Differencing(29)])
        {
            double[] transformed = transform.Transform(series);
            Assert.Equal(series.Length - transform.Lost, transformed.Length);
            Golden.AssertClose(series.AsSpan(transform.Lost), transform.Inverse(transformed, series.AsSpan(0, transform.Lost)), 1e-14, transform.Name);
        }

        // A forecast of 12 steps after row 20, with a lag shorter than the horizon.
        double[] future = new Differencing(7).Transform(series.AsSpan(13))[..10];
        Golden.AssertClose(series.AsSpan(20, 10), new Differencing(7).Inverse(future, series.AsSpan(0, 20)), 1e-14, "forecast");
    }

    [Fact]
    public void Series_transforms_name_what_is_wrong()
    {
        Assert.Contains("row 2", Assert.Throws<EngramException>(() => new LogTransform().Transform([1, 2, 0])).Message, StringComparison.Ordinal);
        Assert.Contains("lag 3", Assert.Throws<EngramException>(() => new Differencing(3).Transform([1, 2, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("lag 3", Assert.Throws<EngramException>(() => new Differencing(3).Inverse([1], [1, 2])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Differencing(0));
        Assert.Throws<EngramException>(() => new MinMaxScaler(1, 1));
    }

    private static Scaler Create(string kind) => kind switch
    {
        "StandardScaler" => new StandardScaler(),
        "MinMaxScaler" => new MinMaxScaler(),
        "RobustScaler" => new RobustScaler(),
        "MaxAbsScaler" => new MaxAbsScaler(),
        "PowerScaler" => new PowerScaler(),
        "NoScaler" => new NoScaler(),
        _ => throw new ArgumentException(kind),
    };

    private static double[,] Random(int rows, int columns, RandomKey key)
    {
        var table = new double[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double z = key.Normal((ulong)((row * columns) + column));
                table[row, column] = column == 1 ? Math.Exp(2 * z) : (z * Math.Pow(10, column)) + (50 * column);
            }
        }

        return table;
    }

    private static double[,] Table(GoldenCase golden, string name)
    {
        int[] axes = golden.Axes(name);
        var table = new double[axes[0], axes[1]];
        Buffer.BlockCopy(golden.Doubles(name), 0, table, 0, table.Length * sizeof(double));
        return table;
    }

    private static double[] Flat(double[,] table) => [.. table.Cast<double>()];
}
