using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Engram.Charts.Drawing;

/// <summary>Where text stands relative to its point.</summary>
internal enum TextAnchor { Start, Middle, End }

/// <summary>Collects SVG elements; coordinates in pixels from the top left.</summary>
/// <param name="width">The width of the picture.</param>
/// <param name="height">The height of the picture, before it grows.</param>
/// <param name="pageImages">Null alone; in a page the embedded pictures that it holds already, to which this one adds.</param>
internal sealed class SvgCanvas(int width, int height, HashSet<string>? pageImages)
{
    /// <summary>The white space around everything.</summary>
    public const double Padding = 12;

    public int Width { get; } = width;

    /// <summary>The height, which a chart may raise while it lays itself out.</summary>
    public double Height { get; set; } = height;

    /// <summary>Whether the picture goes into a page that brings the style sheet and the script for reading values.</summary>
    public bool Embedded => pageImages is not null;

    /// <summary>Elements so far.</summary>
    public StringBuilder Body { get; } = new();

    /// <summary>Further attributes of the root element, each with a leading space.</summary>
    public string RootAttributes { get; set; } = "";

    /// <summary>A number for a path or an attribute: a tenth of a pixel is finer than anyone sees.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
            throw new InvalidOperationException($"The coordinate {value} cannot be drawn.");
        return (Math.Round(value, 1) + 0.0).ToString("0.#", CultureInfo.InvariantCulture);
    }

    public void Line(double x1, double y1, double x2, double y2, string cssClass) =>
        Body.Append($"<line class=\"{cssClass}\" x1=\"{Number(x1)}\" y1=\"{Number(y1)}\" x2=\"{Number(x2)}\" y2=\"{Number(y2)}\"/>\n");

    /// <summary>A rectangle; a text in <paramref name="hint"/> shows when the pointer rests on it.</summary>
    public void Rectangle(double x, double y, double width, double height, string attributes, string? hint = null)
    {
        Body.Append($"<rect x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(width)}\" height=\"{Number(height)}\" {attributes}");
        Body.Append(hint is null ? "/>\n" : $"><title>{Markup.Escape(hint)}</title></rect>\n");
    }

    /// <summary>An embedded picture stretched over a rectangle; in a page, one that was drawn before is only referred to.</summary>
    /// <param name="x">The left edge.</param>
    /// <param name="y">The upper edge.</param>
    /// <param name="width">The width of the rectangle.</param>
    /// <param name="height">The height of the rectangle.</param>
    /// <param name="png">The picture.</param>
    /// <param name="isSharp">Whether enlarged pixels keep hard edges.</param>
    public void Image(double x, double y, double width, double height, byte[] png, bool isSharp)
    {
        string id = "image-" + Convert.ToHexStringLower(SHA256.HashData(png), 0, 8);
        // In a unit square, so that one definition serves rectangles of every size.
        Body.Append($"<g transform=\"translate({Number(x)} {Number(y)}) scale({Number(width)} {Number(height)})\"");
        Body.Append(isSharp ? " style=\"image-rendering:pixelated\">" : ">");
        if (pageImages?.Add(id) == false)
            Body.Append($"<use href=\"#{id}\"/></g>\n");
        else
            Body.Append($"<image id=\"{id}\" width=\"1\" height=\"1\" preserveAspectRatio=\"none\" href=\"data:image/png;base64,{Convert.ToBase64String(png)}\"/></g>\n");
    }

    /// <summary>One line of text; y is its baseline. A shortened text gives its full form in <paramref name="hint"/>; <paramref name="turned"/> turns it about its point, in degrees against the clock.</summary>
    public void Text(double x, double y, string text, string cssClass, TextAnchor anchor = TextAnchor.Start, string? hint = null, int turned = 0)
    {
        string align = anchor switch { TextAnchor.Middle => " text-anchor=\"middle\"", TextAnchor.End => " text-anchor=\"end\"", _ => "" };
        string turn = turned == 0 ? "" : $" transform=\"rotate({-turned} {Number(x)} {Number(y)})\"";
        Body.Append($"<text class=\"{cssClass}\" x=\"{Number(x)}\" y=\"{Number(y)}\"{align}{turn}>");
        if (hint is not null && hint != text)
            Body.Append($"<title>{Markup.Escape(hint)}</title>");
        Body.Append($"{Markup.Escape(text)}</text>\n");
    }
}
