using Engram.Charts;
using Engram.Translation;

namespace Engram.Cli.Translate;

/// <summary>Where the model looked while it translated: the words of the sentence across, those of the translation down.</summary>
internal static class AttentionChart
{
    private const int RowHeight = 24, ColumnWidth = 32;

    /// <summary>The map of a translation.</summary>
    /// <param name="text">A translation of at least one word.</param>
    public static HeatMap Create(TranslatedText text) => new(text.Attention)
    {
        Title = Shown(text),
        RowLabels = [.. text.Words.Select(Label)],
        ColumnLabels = [.. text.SourceWords.Select(Label)],
        XTitle = "sentence",
        YTitle = "translation",
        Low = 0,
        High = 1,
    };

    /// <summary>A translation as people read it.</summary>
    public static string Shown(TranslatedText text) => text.Text.Length > 0 ? text.Text : "(no word)";

    /// <summary>A height at which each word of the translation has a line.</summary>
    public static int Height(TranslatedText text) => Math.Clamp(150 + (RowHeight * text.Words.Count), 240, 2000);

    /// <summary>A width at which each word of the sentence has a column that one can point at.</summary>
    public static int Width(TranslatedText text) => Math.Clamp(260 + (ColumnWidth * text.SourceWords.Count), 480, 10_000);

    // The space before a word shows which pieces begin one.
    private static string Label(string piece) => piece.StartsWith(' ') ? $"▁{piece[1..]}" : piece;
}
