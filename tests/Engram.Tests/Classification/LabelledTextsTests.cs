using System.Text;
using Engram.Classification;

namespace Engram.Tests.Classification;

public sealed class LabelledTextsTests
{
    [Theory]
    [InlineData("text,label\nso good,pos\nso bad,neg\n")]
    [InlineData("label,text\npos,so good\nneg,so bad\n")]
    [InlineData("id;Sentiment;Review\n1;pos;so good\n2;neg;so bad\n")]
    [InlineData("verdict,words\npos,so good\nneg,so bad\n")] // neither name is known: the longer column has the texts
    [InlineData("pos,so good\nneg,so bad\npos,so good\nneg,so bad\n")] // no header: its label occurs again
    public void Columns_and_header_of_a_csv_file_are_found(string csv)
    {
        using var folder = new TemporaryFolder();
        LabelledTexts texts = LabelledTexts.ReadCsv(folder.Write("a.csv", Encoding.UTF8.GetBytes(csv)));
        Assert.Equal(["so good", "so bad"], texts.Texts.Take(2));
        Assert.Equal(["pos", "neg"], texts.Labels.Take(2));
        Assert.Equal(csv.StartsWith("pos", StringComparison.Ordinal) ? 4 : 2, texts.Count);
    }

    [Fact]
    public void Columns_that_are_named_are_taken()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.csv", "a,b,c\n\"one, two\",x,p\n\"three\nfour\",y,q\n"u8);
        LabelledTexts texts = LabelledTexts.ReadCsv(path, "a", "c");
        Assert.Equal(["one, two", "three\nfour"], texts.Texts);
        Assert.Equal(["p", "q"], texts.Labels);
        Fails("which column has the labels; the columns are a, b, c", () => LabelledTexts.ReadCsv(path));
        Fails("there is no column 'd'", () => LabelledTexts.ReadCsv(path, "d", "c"));
    }

    [Fact]
    public void A_csv_file_with_a_hole_names_the_line()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.csv", "text,label\ngood,pos\n ,neg\n"u8);
        Fails($"{path}, line 3: the text is empty", () => LabelledTexts.ReadCsv(path));
        Fails("there is no row below the header", () => LabelledTexts.ReadCsv(folder.Write("b.csv", "text,label\n"u8)));
    }

    [Fact]
    public void Lines_end_at_line_feeds_alone_and_both_files_have_as_many()
    {
        using var folder = new TemporaryFolder();
        string texts = folder.Write("t.txt", "one\u0085still one\r\ntwo\u2028still two\r\nthree\r\n\r\n"u8), labels = folder.Write("l.txt", "x\r\ny\r\nx\r\n"u8);
        LabelledTexts read = LabelledTexts.ReadLines(texts, labels);
        Assert.Equal(["one\u0085still one", "two\u2028still two", "three"], read.Texts);
        Assert.Equal(["x", "y", "x"], read.Labels);
        Fails("has 3 lines and", () => LabelledTexts.ReadLines(texts, folder.Write("short.txt", "x\ny\n"u8)));
        Fails("l2.txt, line 2: the label is empty", () => LabelledTexts.ReadLines(texts, folder.Write("l2.txt", "x\n\ny\n"u8)));
        Fails("t2.txt, line 2: the text is empty", () => LabelledTexts.ReadLines(folder.Write("t2.txt", "a\n\nb\n"u8), labels));
        Fails("the file is empty", () => LabelledTexts.Lines(folder.Write("e.txt", " \n"u8)));
    }

    [Fact]
    public void What_is_not_utf8_is_refused_with_the_line_unless_its_encoding_is_named()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("t.txt", [.. "plain\n"u8, (byte)'c', (byte)'a', (byte)'f', 0xE9, (byte)'\n']);
        Fails("t.txt, line 2: not valid UTF-8 (byte 0xE9 at offset ", () => LabelledTexts.Lines(path));
        Fails("may be Windows-1252 or Latin-1", () => LabelledTexts.Lines(path));
        Assert.Equal(["plain", "café"], LabelledTexts.Lines(path, Encoding.Latin1));
    }

    private static void Fails(string message, Func<object?> what) => Assert.Contains(message, Assert.Throws<EngramException>(what).Message, StringComparison.Ordinal);
}
