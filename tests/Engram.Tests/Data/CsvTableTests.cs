using System.Text;
using Engram.Data;
using Engram.Evaluation;

namespace Engram.Tests.Data;

public sealed class CsvTableTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-tests-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("a,b\n1,2\n", ',')]
    [InlineData("a;b\n1,5;2,5\n", ';')]
    [InlineData("a\tb\n1,5\t2;5\n", '\t')]
    [InlineData("a|b\r\n1|2\r\n", '|')]
    [InlineData("\"a,x\";b\n\"1,2,3\";2\n", ';')]
    [InlineData("2020-01;1,5\n2020-02;2,5\n", ';')]
    public void The_delimiter_is_found(string text, char delimiter)
    {
        var table = CsvTable.Parse(text, "t");
        Assert.Equal(delimiter, table.Delimiter);
        Assert.Equal(2, table.Columns.Count);
    }

    [Fact]
    public void Fields_may_hold_delimiters_quotes_and_line_breaks_and_lines_are_counted_through_them()
    {
        var table = CsvTable.Parse("name,value\r\n\"a, \"\"b\"\"\nc\r\nd\",1\r\n\r\n  e  , 2 \r\n", "t");
        Assert.Equal(2, table.RowCount);
        Assert.Equal("a, \"b\"\nc\r\nd", table[0, 0]);
        Assert.Equal("e", table[1, 0]);
        Assert.Equal((2, 6), (table.Line(0), table.Line(1)));
    }

    [Theory]
    [InlineData("a,b\n1,2", true)]
    [InlineData("1,2\n3,4", false)]
    [InlineData("2020-01-01,x\n2020-01-02,y", false)]
    [InlineData("a,2\n3,4", false)]
    [InlineData(",value\n0,1", true)]
    [InlineData("NA,GB\n1,2", true)]
    public void A_header_is_recognised(string text, bool header)
    {
        var table = CsvTable.Parse(text, "t");
        Assert.Equal(header, table.HasHeader);
        Assert.Equal(header ? 1 : 2, table.RowCount);
        Assert.Equal(!header, table.Columns[1] == "column 2");
        Assert.Equal(2, CsvTable.Parse(text, "t", header: false).RowCount);
        Assert.Equal(1, CsvTable.Parse(text, "t", header: true).RowCount);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" \r\n \n", "empty")]
    [InlineData("\"\"\n", "empty")]
    [InlineData("a,b\n1,2\n3\n", "line 3: 1 fields, but line 1 has 2")]
    [InlineData("a,b\n1,2\n\n3,4,5\n", "line 4: 3 fields")]
    [InlineData("a,b\n\"1,2\n3,4\n", "line")]
    public void What_is_damaged_is_an_error_with_its_line(string text, string mentions)
    {
        string message = Assert.Throws<EngramException>(() => CsvTable.Parse(text, "my.csv")).Message;
        Assert.StartsWith("my.csv", message, StringComparison.Ordinal);
        Assert.Contains(mentions, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_first_name()
    {
        Assert.Equal("größe", Read([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("größe,b\n1,2\n")]).Columns[0]);
        Assert.Contains("UTF-16", Assert.Throws<EngramException>(() => Read(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("a,b\n1,2")).ToArray())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_1252_bytes_are_an_error_with_their_line()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes("name,value\nä,1\n"), (byte)'b', 0xE4, (byte)'r', .. Encoding.UTF8.GetBytes(",2\n")];
        string message = Assert.Throws<EngramException>(() => Read(bytes)).Message;
        Assert.Contains("line 3", message, StringComparison.Ordinal);
        Assert.Contains("0xE4", message, StringComparison.Ordinal);
        Assert.Contains("Windows-1252", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_huge_line_is_read()
    {
        string cell = new('x', 3_000_000);
        var table = CsvTable.Parse($"a,b\n{cell},1\n", "t");
        Assert.Equal(3_000_000, table[0, 0].Length);
        Assert.Equal("1", table[0, 1]);
        var wide = CsvTable.Parse(string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"c{i}")) + "\n" + string.Join(',', Enumerable.Range(0, 20_000)), "t");
        Assert.Equal("19999", wide[0, 19_999]);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("gone.csv", Assert.Throws<EngramException>(() => CsvTable.Read(Path.Combine(folder, "gone.csv"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Columns_are_found_by_name_and_a_wrong_name_gets_a_hint()
    {
        var table = CsvTable.Parse("Date,Close,Volume,x,X\n1,2,3,4,5", "t");
        Assert.Equal(1, table.Find("close"));
        Assert.Equal((3, 4), (table.Find("x"), table.Find("X")));
        string message = Assert.Throws<EngramException>(() => table.Find("Cloze")).Message;
        Assert.Contains("Did you mean 'Close'?", message, StringComparison.Ordinal);
        Assert.Contains("Date, Close, Volume", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Did you mean", Assert.Throws<EngramException>(() => table.Find("temperature")).Message, StringComparison.Ordinal);
        Assert.Contains("2 columns", Assert.Throws<EngramException>(() => CsvTable.Parse("a,a,b\n1,2,3", "t").Find(" A ")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("flaw", "lawn", 2)]
    public void Distance_counts_changes(string a, string b, int distance)
    {
        Assert.Equal(distance, EditDistance.Between<char>(a, b));
        Assert.Equal(distance, EditDistance.Between<char>(b, a));
    }

    private CsvTable Read(byte[] bytes)
    {
        string path = Path.Combine(folder, "x.csv");
        File.WriteAllBytes(path, bytes);
        return CsvTable.Read(path);
    }
}
