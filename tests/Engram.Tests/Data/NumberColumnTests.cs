using System.Globalization;
using Engram.Data;

namespace Engram.Tests.Data;

public sealed class NumberColumnTests
{
    [Theory]
    [InlineData("1;-2;+3.5;1e3;-1.5E-3;.5;2.", new[] { 1, -2, 3.5, 1000, -0.0015, 0.5, 2 })]
    [InlineData("1,5;2;0,25", new[] { 1.5, 2, 0.25 })]
    [InlineData("1,234;12.5", new[] { 1234, 12.5 })]
    [InlineData("1.234;12,5", new[] { 1234, 12.5 })]
    [InlineData("1,234;1,234,567", new double[] { 1234, 1234567 })]
    [InlineData("1.234.567;2", new double[] { 1234567, 2 })]
    [InlineData("1,234.5;2", new[] { 1234.5, 2 })]
    [InlineData("1.234,5;2", new[] { 1234.5, 2 })]
    [InlineData("0,123;1,234", new[] { 0.123, 1.234 })]
    [InlineData("1 234;12 345,6", new[] { 1234, 12345.6 })]
    [InlineData("1'234.5;2", new[] { 1234.5, 2 })]
    [InlineData("−5;5", new double[] { -5, 5 })]
    [InlineData("1,2345;1", new[] { 1.2345, 1 })]
    [InlineData("1.234;5.678", new[] { 1.234, 5.678 })]
    public void Decimal_marks_and_thousands_are_told_apart_over_the_column(string cells, double[] expected)
    {
        NumberColumn column = Read(cells);
        Assert.Equal("", column.Problem);
        Assert.Equal(expected, column.Values);
    }

    [Theory]
    [InlineData("1,234;5,678", '\t', "'1,234'")]
    [InlineData("1,234;5;77", '\t', "'1,234'")]
    [InlineData("1.234;5;77", ';', "'1.234'")]
    public void What_may_be_either_is_refused_with_an_example(string cells, char delimiter, string example)
    {
        NumberColumn column = Read(cells, delimiter);
        Assert.Equal(ColumnKind.Broken, column.Kind);
        Assert.Contains(example, column.Problem, StringComparison.Ordinal);
        Assert.Contains("line 2", column.Problem, StringComparison.Ordinal);
        Assert.Contains("1234 or 1.234", column.Problem.Replace("1.234 or 1234", "1234 or 1.234", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(1.234, Read(cells, delimiter, cells[1]).Values[0]);
        Assert.Equal(1234, Read(cells, delimiter, cells[1] == ',' ? '.' : ',').Values[0]);
    }

    [Theory]
    [InlineData("1,5;1,234.5;2,5;3", "1,234.5")]
    [InlineData("12;abc;3;4", "'abc' is not a number")]
    [InlineData("1;2;12,34,5;4", "12,34,5")]
    [InlineData("5 %;6 %", "percent")]
    [InlineData("$5;$6", "currency")]
    [InlineData("1;2;7 €", "currency")]
    [InlineData("1;2;1e999", "1e999")]
    [InlineData("1;2;0x10", "0x10")]
    [InlineData("1;2;1e", "1e")]
    [InlineData("1;2;--3", "--3")]
    [InlineData("1;2;Infinity", "Infinity")]
    [InlineData("1;2;00,123,456", "00,123,456")]
    public void What_is_no_number_is_refused_with_its_cell(string cells, string mentions)
    {
        NumberColumn column = Read(cells);
        Assert.Equal(ColumnKind.Broken, column.Kind);
        Assert.Contains(mentions, column.Problem, StringComparison.Ordinal);
        Assert.Contains("line", column.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_of_another_kind() => Assert.Equal(ColumnKind.Other, Read("red;green;3").Kind);

    [Fact]
    public void Missing_values_have_many_names()
    {
        NumberColumn column = Read("1;;NA;n/a;NaN;null;NULL;-;?;#N/A;2");
        Assert.Equal(ColumnKind.Read, column.Kind);
        Assert.Equal([1, 2], column.Values.Where(value => !double.IsNaN(value)));
        Assert.Equal(11, column.Values.Length);
        Assert.Equal(ColumnKind.Other, Read("NA;-;?").Kind);
    }

    [Fact]
    public void Any_number_comes_back_as_it_was_written()
    {
        var key = new RandomKey(11);
        for (ulong i = 0; i < 2000; i++)
        {
            double value = key.Normal(i) * Math.Pow(10, key.Integer(i + 5000, 40) - 20);
            string text = value.ToString("R", CultureInfo.InvariantCulture);
            Assert.True(NumberColumn.TryRead(text, '.', out double read), text);
            Assert.Equal(value, read);
            Assert.True(NumberColumn.TryRead(text.Replace('.', ','), ',', out read), text);
            Assert.Equal(value, read);
            string grouped = Math.Round(value % 1e9, 2).ToString("N2", CultureInfo.InvariantCulture);
            Assert.True(NumberColumn.TryRead(grouped, '.', out read), grouped);
            Assert.Equal(double.Parse(grouped, CultureInfo.InvariantCulture), read);
        }
    }

    private static NumberColumn Read(string cells, char delimiter = '\t', char? mark = null)
    {
        string text = "a" + delimiter + "b\n" + string.Join('\n', cells.Split(';').Select(cell => $"x{delimiter}{cell}"));
        return NumberColumn.Read(CsvTable.Parse(text, "t", delimiter, header: true), 1, mark);
    }
}
