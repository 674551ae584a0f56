using System.Globalization;
using System.Text;
using Engram.Charts.Drawing;

namespace Engram.Charts;

/// <summary>A picture of data that writes itself as SVG: right on light and on dark ground, alone and inside a page.</summary>
public abstract class Chart
{
    private protected Chart() { }

    /// <summary>The heading above the picture; null (the default) for none.</summary>
    public string? Title { get; init; }

    /// <summary>What the picture shows, for people who cannot see it; null (the default) for a sentence made from the data's names.</summary>
    public string? Description { get; init; }

    /// <summary>The whole picture as one SVG document.</summary>
    /// <param name="width">The width in pixels, from 240 to 10,000.</param>
    /// <param name="height">
    /// The height in pixels, from 120 to 10,000. Where title and legend leave too little of it for the data, the picture is made higher.
    /// </param>
    /// <returns>Well-formed XML without a declaration, with a <c>viewBox</c> and the size as its natural size.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is outside of the limits.</exception>
    /// <exception cref="InvalidOperationException">The data cannot be drawn; the message names the series and what is wrong with it.</exception>
    public string ToSvg(int width = 760, int height = 340) => Render(width, height, pageImages: null);

    /// <summary>Writes <see cref="ToSvg"/> to a file, replacing it at once or not at all.</summary>
    /// <param name="path">The file to write; its folder must exist.</param>
    /// <param name="width">The width in pixels, from 240 to 10,000.</param>
    /// <param name="height">The height in pixels, from 120 to 10,000.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path, int width = 760, int height = 340) => AtomicFile.Write(path, ToSvg(width, height));

    /// <summary>The picture; in a page (see <see cref="SvgCanvas"/>) it leaves the style sheet, <see cref="Palette.StyleSheet"/>, to the page.</summary>
    internal string Render(int width, int height, HashSet<string>? pageImages)
    {
        CheckSize(width, 240, nameof(width));
        CheckSize(height, 120, nameof(height));

        var canvas = new SvgCanvas(width, height, pageImages);
        Draw(canvas);

        string name = string.IsNullOrWhiteSpace(Title) ? DefaultTitle : Title;
        string size = string.Create(CultureInfo.InvariantCulture,
            $"viewBox=\"0 0 {width} {SvgCanvas.Number(canvas.Height)}\" width=\"{width}\" height=\"{SvgCanvas.Number(canvas.Height)}\"");
        var svg = new StringBuilder();
        svg.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"engram-chart\" role=\"img\" ").Append(size)
            .Append(" aria-label=\"").Append(Markup.Escape(name)).Append('"').Append(canvas.RootAttributes).Append(">\n");
        // In a page the title would pop up as a tooltip over the whole picture; there aria-label alone names it.
        if (!canvas.Embedded)
            svg.Append("<title>").Append(Markup.Escape(name)).Append("</title>\n");
        svg.Append("<desc>").Append(Markup.Escape(Description ?? Describe())).Append("</desc>\n");
        if (!canvas.Embedded)
            svg.Append("<style>").Append(Palette.StyleSheet).Append("</style>\n");
        svg.Append("<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n").Append(canvas.Body).Append("</svg>\n");
        return svg.ToString();
    }

    /// <summary>The accessible name of a chart without <see cref="Title"/>.</summary>
    private protected abstract string DefaultTitle { get; }

    /// <summary>A sentence that says what is drawn.</summary>
    private protected abstract string Describe();

    /// <summary>Draws everything but the ground.</summary>
    private protected abstract void Draw(SvgCanvas canvas);

    private static void CheckSize(int value, int smallest, string name)
    {
        if (value < smallest || value > 10_000)
            throw new ArgumentOutOfRangeException(name, value, $"The {name} of a chart must be from {smallest} to 10,000 pixels.");
    }
}
