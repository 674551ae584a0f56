using System.Globalization;
using Engram.Data;

namespace Engram.Tests.Data;

public sealed class TimeColumnTests
{
    [Theory]
    [InlineData("2024-01-31;2024-02-29", "2024-01-31;2024-02-29", "when")]
    [InlineData("2024/01/31;2024/02/01", "2024-01-31;2024-02-01", "when")]
    [InlineData("2016-07-01 00:00:00;2016-07-01 01:00:00", "2016-07-01;2016-07-01 01:00", "when")]
    [InlineData("2016-07-01T00:15;2016-07-01T00:30", "2016-07-01 00:15;2016-07-01 00:30", "when")]
    [InlineData("2016-07-01T00:15:00Z;2016-07-01T02:30:00+02:00", "2016-07-01 00:15;2016-07-01 00:30", "when")]
    [InlineData("1949-01;1949-12", "1949-01-01;1949-12-01", "when")]
    [InlineData("Jan 1949;Dec 1949", "1949-01-01;1949-12-01", "when")]
    [InlineData("1949;1950", "1949-01-01;1950-01-01", "Year")]
    [InlineData("1949Q1;1950Q4", "1949-01-01;1950-10-01", "when")]
    [InlineData("1949-Q2;1949 q3", "1949-04-01;1949-07-01", "when")]
    [InlineData("Q2 1949;Q3 1949", "1949-04-01;1949-07-01", "when")]
    [InlineData("31.01.2024;1.2.2024", "2024-01-31;2024-02-01", "when")]
    [InlineData("31.01.2024 14:30;01.02.2024 00:00", "2024-01-31 14:30;2024-02-01", "when")]
    [InlineData("01/02/2024;01/31/2024", "2024-01-02;2024-01-31", "when")]
    [InlineData("01/02/2024;31/01/2024", "2024-02-01;2024-01-31", "when")]
    [InlineData("1/2/2024 1:00 PM;1/13/2024 12:00 AM", "2024-01-02 13:00;2024-01-13", "when")]
    [InlineData("1/1/2024;2/2/2024", "2024-01-01;2024-02-02", "when")]
    [InlineData("5 Mar 2024;6 Mar 2024", "2024-03-05;2024-03-06", "when")]
    [InlineData("20240131;20240201", "2024-01-31;2024-02-01", "date")]
    [InlineData("1700000000;1700003600", "2023-11-14 22:13:20;2023-11-14 23:13:20", "unix_time")]
    [InlineData("1700000000000;1700000000500", "2023-11-14 22:13:20;2023-11-14 22:13:20.500", "Timestamp")]
    [InlineData("1-01;1-02", "0001-01-01;0001-02-01", "Month")]
    [InlineData("1-12;2-01", "0001-12-01;0002-01-01", "Month")]
    public void Dates_are_read(string cells, string expected, string name)
    {
        TimeColumn column = Read(cells, name);
        Assert.Equal("", column.Problem);
        Assert.Equal(expected.Split(';').Select(text => DateTime.Parse(text, CultureInfo.InvariantCulture)), column.Times);
    }

    [Theory]
    [InlineData("1949;1950", "value")]
    [InlineData("20240131;20240201", "count")]
    [InlineData("1700000000;1700003600", "views")]
    [InlineData("1.5;2.5", "date")]
    [InlineData("1-01;1-05", "Month")]
    [InlineData("a;b", "date")]
    public void Numbers_are_dates_only_where_the_name_says_so(string cells, string name) => Assert.Equal(ColumnKind.Other, Read(cells, name).Kind);

    [Fact]
    public void Day_and_month_that_may_be_either_are_refused()
    {
        TimeColumn column = Read("01/01/2024;01/02/2024;01/03/2024", "date");
        Assert.Equal(ColumnKind.Broken, column.Kind);
        Assert.Contains("line 3: '01/02/2024'", column.Problem, StringComparison.Ordinal);
        Assert.Equal(new DateTime(2024, 3, 1), TimeColumn.Read(Table("01/01/2024;01/02/2024;01/03/2024", "date"), 0, "dd/MM/yyyy").Times[2]);
    }

    [Theory]
    [InlineData("2024-01-01;2024-02-30;2024-03-01", "line 3: '2024-02-30' is not a time")]
    [InlineData("2024-01-01;;2024-03-01", "line 3: '' is missing")]
    public void A_wrong_cell_is_named(string cells, string mentions)
    {
        TimeColumn column = Read(cells, "date");
        Assert.Equal(ColumnKind.Broken, column.Kind);
        Assert.Contains(mentions, column.Problem, StringComparison.Ordinal);
    }

    private static TimeColumn Read(string cells, string name) => TimeColumn.Read(Table(cells, name), 0, null);

    private static CsvTable Table(string cells, string name) =>
        CsvTable.Parse($"{name}\tb\n{string.Join('\n', cells.Split(';').Select(cell => cell + "\tx"))}", "t", '\t', header: true);
}
