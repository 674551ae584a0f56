using Engram.Charts;
using Engram.Translation;

namespace Engram.Cli.Translate;

/// <summary>Where the model looked while it translated: the words of the sentence across, those of the translation down.</summary>
internal static class AttentionChart
{
    private const double LetterWidth = 7.2;

    /// <summary>The map of a translation.</summary>
    /// <param name="text">A translation of at least one word.</param>
    /// <param name="width">How wide it will be, so that the words above the columns fit.</param>
    public static HeatMap Create(TranslatedText text, int width)
    {
        // A word that is too long for its column is cut rather than its neighbour left out.
        string[] source = [.. text.SourceWords.Select(Label)];
        int columns = source.Length;
        int letters = Math.Max(2, (int)(((width * 0.72 / columns) - 10) / LetterWidth));
        return new HeatMap(text.Attention)
        {
            Title = text.Text,
            RowLabels = [.. text.Words.Select(Label)],
            ColumnLabels = [.. source.Select(word => word.Length <= letters ? word : $"{word[..(letters - 1)]}…")],
            XTitle = "sentence",
            YTitle = "translation",
            Low = 0,
            High = 1,
        };
    }

    // The space before a word shows which pieces begin one.
    private static string Label(string piece) => piece.StartsWith(' ') ? $"▁{piece[1..]}" : piece;

    /// <summary>A size at which all words can be read.</summary>
    public static (int Width, int Height) Size(TranslatedText text)
    {
        double widest = text.SourceWords.Max(word => word.Length) * LetterWidth;
        return (Math.Clamp((int)(240 + (text.SourceWords.Count * Math.Max(34, widest + 12) / 0.72)), 480, 10_000), Math.Clamp(150 + (24 * text.Words.Count), 240, 10_000));
    }
}
