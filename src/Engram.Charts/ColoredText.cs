using Engram.Charts.Axes;
using Engram.Charts.Drawing;

namespace Engram.Charts;

/// <summary>
/// A text whose words or characters stand on coloured ground, one number each: what a unit of a network did as it read, or which words
/// a prediction rests on.
/// </summary>
/// <example><code>
/// var chart = new ColoredText(words, trace.Layers[0].CellState.Unit(0, unit)) { Title = "Cell state of unit 17" };
/// chart.Save("unit-17.svg");
/// </code></example>
public sealed class ColoredText : Chart
{
    private const double FontSize = 15;
    private const double LineHeight = 27;
    private const double Inset = 3; // of the ground beside a word
    private const double BarHeight = 11;

    private readonly string[] _tokens;
    private readonly double[] _values;

    /// <summary>A text and its numbers.</summary>
    /// <param name="tokens">Words, or characters one by one, spaces among them. A token "\n" begins a new line.</param>
    /// <param name="values">A number for each token; NaN leaves it without colour.</param>
    /// <exception cref="ArgumentException">There is no token, not one number for each, or a number is infinite.</exception>
    public ColoredText(IReadOnlyList<string> tokens, IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(values);
        if (tokens.Count == 0)
            throw new ArgumentException("There are no tokens; at least one is needed.", nameof(tokens));
        if (tokens.Count != values.Count)
            throw new ArgumentException($"There are {tokens.Count} tokens and {values.Count} values; there must be one for each.", nameof(values));
        for (int i = 0; i < values.Count; i++)
        {
            if (Math.Abs(values[i]) > NumberTicks.Largest)
                throw new ArgumentException($"Value {i} is {values[i]}; values must be within ±1e300, or NaN for none.", nameof(values));
        }
        _tokens = [.. tokens];
        _values = [.. values];
    }

    /// <summary>As <see cref="ColoredText(IReadOnlyList{string}, IReadOnlyList{double})"/>, for numbers in single precision.</summary>
    /// <param name="tokens">Words, or characters one by one, spaces among them. A token "\n" begins a new line.</param>
    /// <param name="values">A number for each token; NaN leaves it without colour.</param>
    /// <exception cref="ArgumentException">There is no token, not one number for each, or a number is infinite.</exception>
    public ColoredText(IReadOnlyList<string> tokens, IReadOnlyList<float> values)
        : this(tokens, [.. (values ?? throw new ArgumentNullException(nameof(values))).Select(value => (double)value)]) { }

    /// <summary>The colours. Default diverging: states and shares may be of either sign.</summary>
    public ColorScale Colors { get; init; } = ColorScale.Diverging;

    /// <summary>The value of the first colour; null (the default) for the lowest, or of a diverging scale for the largest magnitude below zero.</summary>
    public double? Low { get; init; }

    /// <summary>The value of the last colour; null (the default) for the highest, or of a diverging scale for the largest magnitude.</summary>
    public double? High { get; init; }

    private protected override string DefaultTitle => "Coloured text";

    private protected override string Describe()
    {
        var scale = new ColorRange(_values, Colors, Low, High, $"{_values.Length} values of the text");
        return $"A text of {_tokens.Length} tokens, each coloured by a number from {NumberText.Significant(scale.Low)} to {NumberText.Significant(scale.High)}.";
    }

    private protected override void Draw(SvgCanvas canvas)
    {
        var scale = new ColorRange(_values, Colors, Low, High, $"{_values.Length} values of the text");
        double top = Header.Draw(canvas, Title, [], null);
        double y = DrawTokens(canvas, scale, top);
        DrawBar(canvas, scale, y + 10);
        canvas.Height = Math.Max(canvas.Height, y + 10 + BarHeight + 26);
    }

    // Words are parted by spaces; characters bring their own and stand close.
    private double DrawTokens(SvgCanvas canvas, ColorRange scale, double top)
    {
        bool characters = _tokens.Length > 1 && Array.TrueForAll(_tokens, token => token.Length <= 2) && Array.Exists(_tokens, string.IsNullOrWhiteSpace);
        double inset = characters ? 0 : Inset, gap = characters ? 0 : 4;
        double x = SvgCanvas.Padding, y = top, right = canvas.Width - SvgCanvas.Padding;
        var colors = ColorTable.Of(Colors);
        for (int i = 0; i < _tokens.Length; i++)
        {
            if (_tokens[i] == "\n")
            {
                (x, y) = (SvgCanvas.Padding, y + LineHeight);
                continue;
            }
            string shown = TextMetrics.Shorten(_tokens[i], FontSize, right - SvgCanvas.Padding - 2 * inset);
            double width = TextMetrics.Width(shown, FontSize) + 2 * inset;
            if (x > SvgCanvas.Padding && x + width > right)
                (x, y) = (SvgCanvas.Padding, y + LineHeight);
            string hint = double.IsNaN(_values[i]) ? _tokens[i] : $"{_tokens[i]}: {NumberText.Significant(_values[i])}";
            string ink = "name";
            if (scale.Index(_values[i]) is var index and >= 0)
            {
                var (r, g, b) = colors[index];
                canvas.Rectangle(x, y, width, LineHeight - 4, $"rx=\"{(characters ? 0 : 3)}\" fill=\"#{r:x2}{g:x2}{b:x2}\"", hint);
                // Ink that reads on this ground, whatever the page's: by the ground's luminance (Rec. 709).
                ink = 0.2126 * r + 0.7152 * g + 0.0722 * b > 120 ? "on-light" : "on-dark";
            }
            if (!string.IsNullOrWhiteSpace(shown))
            {
                // Letters are given the room that was measured for them, so that the ground fits in every font.
                string style = ink == "name" ? "" : $" style=\"fill:{(ink == "on-light" ? "#17202a" : "#ffffff")}\"";
                canvas.Body.Append($"<text class=\"token\" x=\"{SvgCanvas.Number(x + width / 2)}\" y=\"{SvgCanvas.Number(y + 17)}\" text-anchor=\"middle\"{style}>")
                    .Append($"<tspan font-size=\"{SvgCanvas.Number(FontSize)}\">{Markup.Escape(shown)}</tspan></text>\n");
            }
            x += width + gap;
        }
        return y + LineHeight;
    }

    private void DrawBar(SvgCanvas canvas, ColorRange scale, double y)
    {
        double width = Math.Min(240, canvas.Width - 2 * SvgCanvas.Padding);
        byte[] pixels = [.. Enumerable.Range(1, ColorTable.Size).Select(i => (byte)i)];
        canvas.Image(SvgCanvas.Padding, y, width, BarHeight, Png.Encode(ColorTable.Size, 1, pixels, ColorTable.Of(Colors)), isSharp: false);
        canvas.Rectangle(SvgCanvas.Padding, y, width, BarHeight, "class=\"frame\"");
        Axis bar = NumberTicks.Within(scale.Low, scale.High, 5);
        foreach (Tick tick in bar.Ticks)
        {
            double at = bar.Fraction(tick.Value);
            TextAnchor anchor = at < 0.05 ? TextAnchor.Start : at > 0.95 ? TextAnchor.End : TextAnchor.Middle;
            canvas.Text(SvgCanvas.Padding + at * width, y + BarHeight + 14, tick.Label, "tick", anchor);
        }
    }
}
