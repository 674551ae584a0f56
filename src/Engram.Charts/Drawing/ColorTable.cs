namespace Engram.Charts.Drawing;

/// <summary>
/// The colours of heat maps, as a table of 255 from the lowest to the highest value. They are laid out in Oklab (B. Ottosson,
/// "A perceptual color space for image processing", 2020), where distances are what eyes see; lightness alone already
/// orders them, so they survive every kind of colour vision and a black-and-white printer.
/// </summary>
internal static class ColorTable
{
    public const int Size = 255;

    private static readonly (byte R, byte G, byte B)[] Sequential = Table(t => (0.27 + 0.67 * t, 0.14, 295 - 190 * t));

    private static readonly (byte R, byte G, byte B)[] Diverging = Table(t =>
    {
        double reach = Math.Abs(2 * t - 1);
        return (0.96 - 0.5 * reach, 0.17 * reach, t < 0.5 ? 255 : 42);
    });

    /// <summary>The diverging scale for dark ground: dark at zero, brighter with the magnitude.</summary>
    public static (byte R, byte G, byte B)[] DivergingOnDark { get; } = Table(t =>
    {
        double reach = Math.Abs(2 * t - 1);
        return (0.2 + 0.55 * reach, 0.02 + 0.15 * reach, t < 0.5 ? 250 : 45);
    });

    public static (byte R, byte G, byte B)[] Of(ColorScale scale) => scale == ColorScale.Diverging ? Diverging : Sequential;

    // colour: lightness from 0 to 1, chroma, hue in degrees; chroma is taken back as far as a screen needs.
    private static (byte, byte, byte)[] Table(Func<double, (double Lightness, double Chroma, double Hue)> color)
    {
        var table = new (byte, byte, byte)[Size];
        for (int i = 0; i < Size; i++)
        {
            var (lightness, chroma, hue) = color(i / (Size - 1.0));
            (double R, double G, double B) rgb;
            for (rgb = ToLinear(lightness, chroma, hue); !IsOnScreen(rgb); rgb = ToLinear(lightness, chroma, hue))
                chroma -= 0.001;
            table[i] = (Encode(rgb.R), Encode(rgb.G), Encode(rgb.B));
        }
        return table;
    }

    private static (double R, double G, double B) ToLinear(double lightness, double chroma, double hue)
    {
        double a = chroma * Math.Cos(hue * Math.PI / 180), b = chroma * Math.Sin(hue * Math.PI / 180);
        double l = Cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
        double m = Cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
        double s = Cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
        return (4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
            -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
    }

    private static double Cube(double x) => x * x * x;

    private static bool IsOnScreen((double R, double G, double B) rgb) =>
        Math.Min(rgb.R, Math.Min(rgb.G, rgb.B)) >= -1e-4 && Math.Max(rgb.R, Math.Max(rgb.G, rgb.B)) <= 1 + 1e-4;

    // The transfer curve of sRGB (IEC 61966-2-1).
    private static byte Encode(double linear)
    {
        double value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.Pow(linear, 1 / 2.4) - 0.055;
        return (byte)Math.Round(255 * Math.Clamp(value, 0, 1));
    }
}
