using System.Globalization;
using Engram.Data;
using Xunit.Abstractions;

namespace Engram.Tests.Data;

public sealed class TimeSeriesTests(ITestOutputHelper output)
{
    [Fact]
    public void A_plain_file_needs_no_options()
    {
        TimeSeries series = Read("Month,Passengers\n1949-01,112\n1949-02,118\n1949-03,132\n");
        Assert.Equal("Passengers", series.Name);
        Assert.Equal([112, 118, 132], series.Values);
        Assert.Equal(new DateTime(1949, 3, 1), series.Times![2]);
        Assert.Equal("monthly", series.Frequency.Name);
        Assert.Equal(2, series.Notes.Count);
        Assert.Contains("1949-01-01 to 1949-03-01", series.Notes[1], StringComparison.Ordinal);
        Assert.Contains("the only column of numbers", series.Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_alone_are_a_series_without_times()
    {
        TimeSeries series = Read("1\n2\n\n4\n\n\n");
        Assert.Equal([1, 2, 3, 4], series.Values);
        Assert.Null(series.Times);
        Assert.Equal(Frequency.Irregular, series.Frequency);
        Assert.Contains(series.Notes, note => note.Contains("line 3", StringComparison.Ordinal) && note.Contains("interpolated", StringComparison.Ordinal));
        Assert.Equal([5], Read("x\n5\n").Values);
    }

    [Theory]
    [InlineData("Date,Open,Close,Volume", "Close", "by its name")]
    [InlineData("date,HUFL,HULL,OT", "OT", "by its name")]
    [InlineData("Date,a,b,c", "c", "the last column")]
    [InlineData("Date,value,b,close", "value", "by its name")]
    [InlineData("Date,Y,b,close", "Y", "by its name")]
    public void The_target_is_chosen_and_told(string header, string target, string why)
    {
        TimeSeries series = Read($"{header}\n2024-01-01,10,20,35\n2024-01-02,11,25,31\n");
        Assert.Equal(target, series.Name);
        Assert.Contains(series.Notes, note => note.Contains($"'{target}', {why}", StringComparison.Ordinal));
    }

    [Fact]
    public void A_column_that_numbers_the_rows_is_no_target()
    {
        TimeSeries series = Read("price,id\n10,7\n12,8\n9,9\n");
        Assert.Equal("price", series.Name);
        Assert.Contains(series.Notes, note => note.Contains("'id' numbers the rows", StringComparison.Ordinal));
        Assert.Equal("id", Read("id\n7\n8\n9\n").Name);
    }

    [Fact]
    public void Named_columns_are_taken()
    {
        TimeSeries series = Read("day,a,b,c\n2024-01-01,1,5,9\n2024-01-02,2,6,10\n", new() { Target = "B", Time = "Day", Covariates = ["c", "a"] });
        Assert.Equal([5, 6], series.Values);
        Assert.Equal(["c", "a"], series.Covariates.Select(covariate => covariate.Name));
        Assert.Equal([9, 10], series.Covariates[0].Values);
        Fails("Did you mean 'b'", "day,a,b\n2024-01-01,1,2\n", new() { Target = "bb" });
        Fails("must differ", "day,a,b\n2024-01-01,1,2\n", new() { Target = "a", Covariates = ["a"] });
        Fails("is the time column", "day,a,b\n2024-01-01,1,2\n", new() { Target = "day" });
        Fails("Expected dates", "day,a,b\n2024-01-01,1,2\n", new() { Time = "a" });
    }

    [Fact]
    public void Rows_out_of_order_are_sorted_with_all_their_columns()
    {
        TimeSeries series = Read("date,y,z\n2024-01-03,3,30\n2024-01-01,1,10\n2024-01-02,2,20\n2024-01-04,4,40\n", new() { Covariates = ["z"] });
        Assert.Equal([1, 2, 3, 4], series.Values);
        Assert.Equal([10, 20, 30, 40], series.Covariates[0].Values);
        Assert.Contains(series.Notes, note => note.Contains("line 3 ", StringComparison.Ordinal) && note.Contains("sorted", StringComparison.Ordinal));
    }

    [Fact]
    public void A_time_that_stands_twice_is_an_error_with_both_lines() =>
        Fails("2024-01-01 on lines 2 and 4", "date,y\n2024-01-01,1\n2024-01-02,2\n2024-01-01,3\n");

    [Fact]
    public void Missing_values_are_filled_in_by_the_policy_and_told()
    {
        const string Text = "date,y\n2024-01-01,\n2024-01-02,10\n2024-01-03,NA\n2024-01-04,?\n2024-01-05,40\n2024-01-06,-\n";
        (MissingValues, double[])[] policies = [(MissingValues.Interpolate, [10, 20, 30, 40]), (MissingValues.Previous, [10, 10, 10, 40]), (MissingValues.Zero, [10, 0, 0, 40])];
        foreach ((MissingValues policy, double[] expected) in policies)
        {
            TimeSeries series = Read(Text, new() { Missing = policy });
            Golden.AssertClose(expected, series.Values, 1e-15, policy.ToString());
            Assert.Equal(new DateTime(2024, 1, 2), series.Times![0]);
            Assert.Contains(series.Notes, note => note.Contains("start of the series (line 2)", StringComparison.Ordinal));
            Assert.Contains(series.Notes, note => note.Contains("end of the series (line 7)", StringComparison.Ordinal));
            Assert.Contains(series.Notes, note => note.Contains("2 of 4 values (50 %)", StringComparison.Ordinal) && note.Contains("line 4, line 5", StringComparison.Ordinal));
        }

        Fails("start of the series (line 2)", Text, new() { Missing = MissingValues.Refuse });
        Fails("line 3", "y\n1\nNA\n3\n", new() { Missing = MissingValues.Refuse });
    }

    [Fact]
    public void Times_that_are_left_out_are_listed_and_filled_in()
    {
        const string Text = "month,y\n2024-01-31,1\n2024-02-29,2\n2024-05-31,5\n2024-06-30,6\n";
        TimeSeries series = Read(Text);
        Golden.AssertClose([1, 2, 3, 4, 5, 6], series.Values, 1e-15, "filled");
        Assert.Contains(series.Notes, note => note.Contains("2 times have no row: 2024-03-31, 2024-04-30", StringComparison.Ordinal));
        Fails("2024-03-31, 2024-04-30", Text, new() { Missing = MissingValues.Refuse });
    }

    [Fact]
    public void Holidays_of_a_business_daily_series_stay_out()
    {
        TimeSeries series = Read("date,close\n2024-12-20,1\n2024-12-23,2\n2024-12-24,3\n2024-12-26,4\n2024-12-27,5\n2024-12-30,6\n");
        Assert.Equal("business-daily", series.Frequency.Name);
        Assert.Equal(6, series.Count);
        Assert.Contains(series.Notes, note => note.Contains("1 weekday has no row", StringComparison.Ordinal) && note.Contains("2024-12-25", StringComparison.Ordinal));
    }

    [Fact]
    public void Irregular_times_are_interpolated_by_their_distance()
    {
        TimeSeries series = Read("date,y\n2024-01-01,0\n2024-01-03,\n2024-01-04 12:00,7\n2024-01-05,8\n");
        Assert.Equal("irregular", series.Frequency.Name);
        Golden.AssertClose([0, 4, 7, 8], series.Values, 1e-12, "irregular");
    }

    [Theory]
    [InlineData(0.3, true)]
    [InlineData(0.3, false)]
    [InlineData(0.05, true)]
    public void A_straight_line_with_holes_is_restored(double share, bool empty)
    {
        var key = new RandomKey(21);
        DateTime start = new(2024, 1, 1);
        var text = new System.Text.StringBuilder("date;y;z\r\n");
        for (int i = 0; i < 500; i++)
        {
            bool missing = i is > 0 and < 499 && key.Uniform((ulong)i) < share;
            if (missing && !empty) { continue; }
            string value = missing ? "" : (3 + (0.5 * i)).ToString(CultureInfo.InvariantCulture).Replace('.', ',');
            text.Append(CultureInfo.InvariantCulture, $"{start.AddHours(i):dd.MM.yyyy HH:mm};{value};{(missing ? "NA" : "1")}\r\n");
        }

        TimeSeries series = Read(text.ToString(), new() { Target = "y", Covariates = ["z"] });
        Assert.Equal("hourly", series.Frequency.Name);
        Golden.AssertClose([.. Enumerable.Range(0, 500).Select(i => 3 + (0.5 * i))], series.Values, 1e-12, "line");
        Assert.All(series.Covariates[0].Values, value => Assert.Equal(1, value));
    }

    [Theory]
    [InlineData("date,y\n", "no rows below the header")]
    [InlineData("name,colour\na,red\nb,blue\n", "no column has numbers")]
    [InlineData("date,y\n2024-01-01,NA\n2024-01-02,\n", "has no value")]
    [InlineData("date,y\n2024-01-01,1\n2024-01-32,2\n2024-01-03,3\n", "'2024-01-32'")]
    [InlineData("date,y\n2024-01-01,5%\n2024-01-02,6%\n", "percent")]
    [InlineData("date\ty\n2024-01-01\t1,234\n2024-01-02\t5,678\n", "'1,234'")]
    [InlineData("date,y\n01/02/2024,1\n01/03/2024,2\n", "month/day or day/month")]
    public void What_cannot_be_read_without_guessing_is_an_error(string text, string mentions) => Fails(mentions, text);

    [Fact]
    public void A_covariate_without_a_first_value_is_an_error() =>
        Fails("column 'z'", "date,y,z\n2024-01-01,1,\n2024-01-02,2,5\n", new() { Target = "y", Covariates = ["z"] });

    [Fact]
    public void Options_are_validated()
    {
        Assert.Throws<ArgumentException>(() => new SeriesOptions { DecimalMark = ';' });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SeriesOptions { Missing = (MissingValues)9 });
        Assert.Equal([1234], Read("y\n\"1,234\"\n", new() { DecimalMark = '.' }).Values);
        Assert.Equal(new DateTime(2024, 2, 1), Read("date,y\n01/02/2024,1\n", new() { DateFormat = "dd/MM/yyyy" }).Times![0]);
    }

    [Fact]
    public void A_series_from_numbers_at_hand_is_checked()
    {
        DateTime day = new(2024, 1, 1);
        Assert.Equal("daily", new TimeSeries("y", [1, 2], [day, day.AddDays(1)]).Frequency.Name);
        Assert.Contains("row 1", Assert.Throws<EngramException>(() => new TimeSeries("y", [1, double.NaN])).Message, StringComparison.Ordinal);
        Assert.Contains("row 1", Assert.Throws<EngramException>(() => new TimeSeries("y", [1, 2], [day, day])).Message, StringComparison.Ordinal);
        Assert.Contains("1 times", Assert.Throws<EngramException>(() => new TimeSeries("y", [1, 2], [day])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_series_in_each_row()
    {
        IReadOnlyList<TimeSeries> all = TimeSeries.FromRows(CsvTable.Parse("\"V1\",\"V2\",\"V3\",\"V4\"\n\"H1\",\"1\",\"2.5\",\"3\"\n\"H2\",\"4\",,\n", "t"));
        Assert.Equal(["H1", "H2"], all.Select(series => series.Name));
        Assert.Equal([1, 2.5, 3], all[0].Values);
        Assert.Equal([4], all[1].Values);
        Assert.Contains("line 2, column 'b'", Assert.Throws<EngramException>(() => TimeSeries.FromRows(CsvTable.Parse("a,b,c\nH1,,3\n", "t"))).Message, StringComparison.Ordinal);
        Assert.Contains("'H1' has no value", Assert.Throws<EngramException>(() => TimeSeries.FromRows(CsvTable.Parse("a,b,c\nH1,,\n", "t"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("series/airline.csv", "Passengers", 144, "monthly", 112, 432)]
    [InlineData("series/shampoo.csv", "Sales", 36, "monthly", 266.0, 646.9)]
    [InlineData("stocks/TSLA.csv", "Close", 1255, "business-daily", 239.05667114257812, 336.5799865722656)]
    [InlineData("etth/ETTh1.csv", "OT", 17420, "hourly", 30.5310001373291, 9.56700038909912)]
    public void Public_data_sets_are_read(string file, string target, int count, string frequency, double first, double last)
    {
        string path = Path.Combine(Fixtures.Repository, "..", "shared", "data", file);
        if (!File.Exists(path))
        {
            output.WriteLine($"skipped: the data set {file} does not lie beside the repository");
            return;
        }

        TimeSeries series = TimeSeries.ReadCsv(path);
        foreach (string note in series.Notes) { output.WriteLine(note); }
        Assert.Equal((target, count, frequency), (series.Name, series.Count, series.Frequency.Name));
        Assert.Equal((first, last), (series.Values[0], series.Values[^1]));
    }

    [Fact]
    public void The_M4_hourly_series_are_read()
    {
        string path = Path.Combine(Fixtures.Repository, "..", "shared", "data", "m4");
        if (!Directory.Exists(path))
        {
            output.WriteLine("skipped: the M4 data do not lie beside the repository");
            return;
        }

        IReadOnlyList<TimeSeries> train = TimeSeries.FromRows(CsvTable.Read(Path.Combine(path, "Hourly-train.csv")));
        IReadOnlyList<TimeSeries> test = TimeSeries.FromRows(CsvTable.Read(Path.Combine(path, "Hourly-test.csv")));
        Assert.Equal((414, 414), (train.Count, test.Count));
        Assert.All(test, series => Assert.Equal(48, series.Count));
        Assert.All(train, series => Assert.True(series.Count is 700 or 960, $"{series.Name}: {series.Count}"));
    }

    private static TimeSeries Read(string text, SeriesOptions? options = null) => TimeSeries.FromTable(CsvTable.Parse(text, "t.csv", options?.Delimiter, options?.Header), options);

    private static void Fails(string mentions, string text, SeriesOptions? options = null) =>
        Assert.Contains(mentions, Assert.Throws<EngramException>(() => Read(text, options)).Message, StringComparison.Ordinal);
}
