using System.Text;
using Engram.Data;

namespace Engram.Classification;

/// <summary>Texts, each with the name of its class: what a <see cref="TextClassifier"/> is trained and measured on.</summary>
public sealed class LabelledTexts
{
    private static readonly string[] TextNames = ["text", "sentence", "review", "message", "comment", "body", "content", "phrase", "tweet", "title"];
    private static readonly string[] LabelNames = ["label", "class", "category", "sentiment", "target", "rating", "topic", "tag", "y"];

    /// <summary>Joins texts and the names of their classes.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="labels">The name of each text's class.</param>
    /// <exception cref="EngramException">There is no text, not one label for each, or a text or label is empty.</exception>
    public LabelledTexts(IReadOnlyList<string> texts, IReadOnlyList<string> labels) : this(texts, labels, i => $"text {i}")
    {
    }

    private LabelledTexts(IReadOnlyList<string> texts, IReadOnlyList<string> labels, Func<int, string> place)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(labels);
        if (texts.Count == 0) { throw new EngramException("There are no texts; at least one is needed."); }
        if (texts.Count != labels.Count) { throw new EngramException($"There are {texts.Count} texts and {labels.Count} labels; there must be one label for each text."); }
        for (int i = 0; i < texts.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(texts[i])) { throw new EngramException($"{place(i)}: the text is empty; give it some words, or leave it out together with its label '{labels[i]}'."); }
            if (string.IsNullOrWhiteSpace(labels[i])) { throw new EngramException($"{place(i)}: the label is empty; name the text's class, or leave the text out."); }
        }

        (Texts, Labels) = ([.. texts], [.. labels]);
    }

    /// <summary>The texts.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>The name of each text's class.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>How many there are.</summary>
    public int Count => Texts.Count;

    /// <summary>
    /// Reads a CSV file with a column of texts and one of labels. Which columns these are follows from names such as text, review, label, class; in a file of two columns the longer
    /// texts are the texts. The first row is a header, unless none of its names is known and its label occurs again below.
    /// </summary>
    /// <param name="path">The file's name.</param>
    /// <param name="textColumn">The name of the column of texts; null to find it.</param>
    /// <param name="labelColumn">The name of the column of labels; null to find it.</param>
    /// <param name="encoding">The file's encoding; null for UTF-8.</param>
    /// <exception cref="EngramException">The file cannot be read or decoded, it is not clear which columns are meant, or a text or label is empty; the message names the line.</exception>
    public static LabelledTexts ReadCsv(string path, string? textColumn = null, string? labelColumn = null, Encoding? encoding = null)
    {
        string read = TextFile.Read(path, encoding);
        CsvTable table = CsvTable.Parse(read, path, header: true);
        if (table.RowCount == 0) { throw new EngramException($"{path}: there is no row below the header '{string.Join(table.Delimiter, table.Columns)}'; expected a text and a label in each."); }
        int label = labelColumn is null ? -1 : table.Find(labelColumn), text = textColumn is null ? -1 : table.Find(textColumn);
        if (label < 0) { label = table.FindUsual(LabelNames, text); }
        if (text < 0) { text = table.FindUsual(TextNames, label); }
        bool isNamed = label >= 0 || text >= 0;
        if (table.Columns.Count == 2 && (label < 0 || text < 0))
        {
            bool secondIsText = table.Column(1).Sum(cell => (long)cell.Length) > table.Column(0).Sum(cell => (long)cell.Length);
            text = text >= 0 ? text : label >= 0 ? 1 - label : secondIsText ? 1 : 0;
            label = 1 - text;
        }

        if (text < 0 || label < 0 || text == label)
        {
            throw new EngramException($"{path}: it is not clear which column has the {(label < 0 ? "labels" : "texts")}; the columns are {string.Join(", ", table.Columns)}. Name {(label < 0 ? "the label column" : "the text column")}.");
        }

        if (!isNamed && table.Column(label).Contains(table.Columns[label], StringComparer.Ordinal)) { table = CsvTable.Parse(read, path, header: false); }
        CsvTable rows = table;
        return new LabelledTexts(rows.Column(text), rows.Column(label), i => $"{path}, line {rows.Line(i)}");
    }

    /// <summary>Reads two text files, one with a text a line and one with the label of each.</summary>
    /// <param name="textPath">The file of texts.</param>
    /// <param name="labelPath">The file of labels.</param>
    /// <param name="encoding">The files' encoding; null for UTF-8.</param>
    /// <exception cref="EngramException">A file cannot be read or decoded, the numbers of lines differ, or a line is empty; the message names it.</exception>
    public static LabelledTexts ReadLines(string textPath, string labelPath, Encoding? encoding = null)
    {
        string[] texts = Lines(textPath, encoding), labels = Lines(labelPath, encoding);
        if (texts.Length != labels.Length)
        {
            throw new EngramException($"{textPath} has {texts.Length} lines and {labelPath} has {labels.Length}; there must be one label for each text.");
        }

        return new LabelledTexts(texts, [.. labels.Select(label => label.Trim())], i => $"{(string.IsNullOrWhiteSpace(texts[i]) ? textPath : labelPath)}, line {i + 1}");
    }

    /// <summary>The texts of a CSV file, whose first row is a header.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="textColumn">The name of the column of texts; null for the only column, or the one with a name such as text or review.</param>
    /// <param name="encoding">The file's encoding; null for UTF-8.</param>
    /// <exception cref="EngramException">The file cannot be read or decoded, or it is not clear which column is meant.</exception>
    public static string[] TextsOfCsv(string path, string? textColumn = null, Encoding? encoding = null)
    {
        CsvTable table = CsvTable.Parse(TextFile.Read(path, encoding), path, header: true);
        int text = textColumn is not null ? table.Find(textColumn) : table.Columns.Count == 1 ? 0 : table.FindUsual(TextNames, -1);
        return text >= 0 ? table.Column(text) : throw new EngramException($"{path}: it is not clear which column has the texts; the columns are {string.Join(", ", table.Columns)}. Name the text column.");
    }

    /// <summary>The lines of a text file; blank ones at the end are left out. Only line feeds end a line.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="encoding">The file's encoding; null for UTF-8.</param>
    /// <exception cref="EngramException">The file cannot be read or decoded, or has no line that is not blank.</exception>
    public static string[] Lines(string path, Encoding? encoding = null)
    {
        List<string> lines = [.. TextFile.Read(path, encoding).Split('\n').Select(line => line.TrimEnd('\r'))];
        while (lines.Count > 0 && string.IsNullOrWhiteSpace(lines[^1])) { lines.RemoveAt(lines.Count - 1); }
        return lines.Count > 0 ? [.. lines] : throw new EngramException($"{path}: the file is empty; expected one text a line.");
    }
}
