using System.Text;
using Engram.Classification;
using Engram.Cli.Options;
using Engram.Cli.Series;
using Engram.Data;

namespace Engram.Cli.Classify;

/// <summary>Samples with classes as the command line names them: texts or sequences of numbers.</summary>
internal sealed class ClassifyData
{
    private ClassifyData(LabelledTexts? texts, LabelledSequences? sequences, string source) => (Texts, Sequences, Source) = (texts, sequences, source);

    /// <summary>The texts, or null.</summary>
    public LabelledTexts? Texts { get; }

    /// <summary>The sequences, or null.</summary>
    public LabelledSequences? Sequences { get; }

    /// <summary>The names of the files.</summary>
    public string Source { get; }

    public int Count => Texts?.Count ?? Sequences!.Count;

    /// <summary>What the samples are, in the plural.</summary>
    public string Noun => Texts is null ? "sequences" : "texts";

    /// <summary>A sample in a few words.</summary>
    public string Describe(int sample)
    {
        if (Texts is null) { return Describe(Sequences!, sample); }
        const int Most = 160;
        string text = Texts.Texts[sample].Trim();
        return text.Length <= Most ? text : $"{text[..Most].TrimEnd()}…";
    }

    /// <summary>A sequence in a few words.</summary>
    public static string Describe(LabelledSequences sequences, int sample) =>
        $"{(sequences.Names.Count > 0 ? sequences.Names[sample] : $"sequence {sample + 1}")}, {Words.Count(sequences.Sequences[sample].GetLength(0), "step")}";

    /// <summary>Reads files: one .ts or .csv, or a file of texts and one of labels.</summary>
    /// <param name="files">The names.</param>
    /// <param name="option">How the command line calls them.</param>
    /// <param name="columns">The columns of texts and labels, or null to find them.</param>
    /// <param name="steps">The columns of sequences in a CSV file; null where it has texts.</param>
    /// <param name="encoding">The encoding, or null for UTF-8.</param>
    /// <param name="classes">For sequences to test on the classes of those that were learnt from.</param>
    public static ClassifyData Read(string[] files, string option, (string? Text, string? Label) columns, SequenceColumns? steps, Encoding? encoding, IReadOnlyList<string>? classes = null)
    {
        foreach (string file in files) { InputFile.Demand(file, "Name the files: one .ts or .csv file, or a file of texts and one of labels."); }

        bool Is(string extension) => Path.GetExtension(files[0]).Equals(extension, StringComparison.OrdinalIgnoreCase);
        string source = string.Join(" and ", files);
        bool isTable = files.Length == 1 && (Is(".csv") || Is(".tsv"));
        if (steps is not null && !isTable) { throw new UsageException($"--id names a column of one .csv file; {option} {source} is none."); }
        if (steps is not null) { return new ClassifyData(null, LabelledSequences.ReadCsv(files[0], steps, classes, encoding), source); }
        if (files.Length == 1 && Is(".ts")) { return new ClassifyData(null, LabelledSequences.ReadTs(files[0], classes), source); }
        if (isTable) { return new ClassifyData(LabelledTexts.ReadCsv(files[0], columns.Text, columns.Label, encoding), null, source); }
        if (files.Length == 1) { throw new UsageException($"{option} {files[0]}: of which class the samples are is not said. Add the file of their labels, or give a .csv or .ts file."); }
        if (files.Length > 2) { throw new UsageException($"{option} takes one .ts or .csv file, or a file of texts and one of labels; these are {files.Length} files."); }

        // Labels repeat; texts hardly do. So either order is understood.
        int[] different = [.. files.Select(file => LabelledTexts.Lines(file, encoding).Distinct(StringComparer.Ordinal).Count())];
        (string texts, string labels) = different[0] >= different[1] ? (files[0], files[1]) : (files[1], files[0]);
        return new ClassifyData(LabelledTexts.ReadLines(texts, labels, encoding), null, $"{texts} and {labels}");
    }
}
