using System.Globalization;
using Engram.Charts.Drawing;

namespace Engram.Charts.Gates;

/// <summary>
/// The gates and states of a layer as one picture: a heat map for each, steps across and units down, with the words along the axis and, above them, how much
/// an answer rests on each word.
/// </summary>
public sealed class GateChart : Chart
{
    private const double WordSize = 14, TickSize = 11, Gap = 22, MostLines = 6;

    private readonly IReadOnlyList<string> _steps;
    private readonly GateLayer _layer;

    /// <summary>A picture of a layer.</summary>
    /// <param name="steps">What goes in at each step.</param>
    /// <param name="layer">The layer, with as many steps.</param>
    /// <exception cref="ArgumentException">The layer has another number of steps.</exception>
    public GateChart(IReadOnlyList<string> steps, GateLayer layer)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(layer);
        if (steps.Count != layer.Steps)
            throw new ArgumentException($"'{layer.Name}' has {layer.Steps} steps, but {steps.Count} are named.", nameof(steps));
        (_steps, _layer) = ([.. steps], layer);
    }

    /// <summary>How much an answer rests on each step; null (the default) for nothing. What speaks for it colours the words, the more the stronger.</summary>
    /// <exception cref="ArgumentException">There is not one number for each step.</exception>
    public IReadOnlyList<double>? Weights
    {
        get;
        init => field = value is null || value.Count == _steps.Count ? value : throw new ArgumentException($"{value.Count} weights for {_steps.Count} steps; give one for each.", nameof(Weights));
    }

    /// <summary>A sentence under the words; null (the default) for none.</summary>
    public string? Caption { get; init; }

    private protected override string DefaultTitle => $"Gates of {_layer.Name}";

    private protected override string Describe() =>
        $"Heat maps of {_layer.Units} units over {_layer.Steps} steps: {string.Join(", ", _layer.Maps.Select(map => map.Name))}. The sequence: {TextMetrics.Shorten(string.Join(' ', _steps), 12, 3000)}";

    private protected override void Draw(SvgCanvas canvas)
    {
        double y = Header.Draw(canvas, Title, [], null);
        double words = _steps.Sum(step => TextMetrics.Width(step, WordSize) + 13);
        if (Weights is not null && words < MostLines * (canvas.Width - (2 * SvgCanvas.Padding))) { y = DrawWords(canvas, Weights, y); }
        if (Caption is not null)
        {
            foreach (string line in TextMetrics.Wrap(Caption, 12, canvas.Width - (2 * SvgCanvas.Padding), maxLines: 3))
            {
                canvas.Text(SvgCanvas.Padding, y + 12, line, "name");
                y += 17;
            }

            y += 6;
        }

        int across = canvas.Width < 560 ? 1 : canvas.Width < 860 || _layer.Maps.Count < 3 ? 2 : 3;
        int rows = (_layer.Maps.Count + across - 1) / across;
        double width = (canvas.Width - (2 * SvgCanvas.Padding) - ((across - 1) * Gap)) / across;
        double slope = TextMetrics.Width(_steps.MaxBy(step => TextMetrics.Width(step, TickSize))!, TickSize);
        double labels = Math.Min(100, slope * 0.9) + 12;
        double height = Math.Max(70, ((canvas.Height - y - SvgCanvas.Padding) / rows) - labels - 24);
        for (int i = 0; i < _layer.Maps.Count; i++) { DrawMap(canvas, _layer.Maps[i], SvgCanvas.Padding + (i % across * (width + Gap)), y + (i / across * (height + labels + 24)), width, height); }
        canvas.Height = y + (rows * (height + labels + 24)) + SvgCanvas.Padding;
    }

    // The words one after the other, each on a ground as strong as what it says for the answer.
    private double DrawWords(SvgCanvas canvas, IReadOnlyList<double> weights, double y)
    {
        double most = Math.Max(weights.Max(), 1e-9), x = SvgCanvas.Padding, right = canvas.Width - SvgCanvas.Padding;
        for (int step = 0; step < _steps.Count; step++)
        {
            double width = TextMetrics.Width(_steps[step], WordSize) + 10;
            if (x + width > right && x > SvgCanvas.Padding) { (x, y) = (SvgCanvas.Padding, y + 27); }
            string opacity = (0.75 * Math.Max(0, weights[step]) / most).ToString("0.##", CultureInfo.InvariantCulture);
            canvas.Rectangle(x, y, width, 23, $"class=\"f1\" rx=\"4\" opacity=\"{opacity}\"");
            canvas.Body.Append($"<text class=\"title\" x=\"{SvgCanvas.Number(x + 5)}\" y=\"{SvgCanvas.Number(y + 16.5)}\" style=\"font-size:14px;font-weight:400\">{Markup.Escape(_steps[step])}</text>\n");
            x += width + 3;
        }

        return y + 31;
    }

    private void DrawMap(SvgCanvas canvas, GateMap map, double left, double top, double width, double height)
    {
        var colors = ColorTable.Of(map.Colors);
        (double low, double high) = map.Range();
        canvas.Text(left, top + 13, map.Name, "name");
        string range = $"{NumberText.Significant(low, 2)} to {NumberText.Significant(high, 2)}";
        canvas.Text(left + width, top + 13, range, "tick", TextAnchor.End);
        byte[] bar = [.. Enumerable.Range(1, ColorTable.Size).Select(i => (byte)i)];
        canvas.Image(left + width - TextMetrics.Width(range, 12) - 62, top + 4, 54, 9, Png.Encode(ColorTable.Size, 1, bar, colors), isSharp: false);
        top += 20;

        byte[] places = map.Quantized();
        var pixels = new byte[map.Steps * map.Units];
        for (int row = 0; row < map.Units; row++)
        {
            for (int step = 0; step < map.Steps; step++)
            {
                byte place = places[(step * map.Units) + _layer.Order[row]];
                pixels[(row * map.Steps) + step] = place == 255 ? (byte)0 : (byte)(place + 1);
            }
        }

        canvas.Image(left, top, width, height, Png.Encode(map.Steps, map.Units, pixels, colors), isSharp: width >= map.Steps && height >= map.Units);
        canvas.Rectangle(left, top, width, height, "class=\"frame\"");
        int stride = Math.Max(1, (int)Math.Ceiling(13 * map.Steps / width));
        for (int step = 0; step < map.Steps; step += stride)
        {
            double x = left + ((step + 0.5) / map.Steps * width) + 4;
            string label = TextMetrics.Shorten(_steps[step], TickSize, 105);
            canvas.Body.Append(CultureInfo.InvariantCulture, $"<text class=\"small\" text-anchor=\"end\" transform=\"translate({SvgCanvas.Number(x)} {SvgCanvas.Number(top + height + 9)}) rotate(-64)\">{Markup.Escape(label)}</text>\n");
        }
    }
}
