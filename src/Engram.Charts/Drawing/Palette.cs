using System.Text;

namespace Engram.Charts.Drawing;

/// <summary>Colours for light and dark ground, as the style sheet of a chart.</summary>
internal static class Palette
{
    /// <summary>How many colours series without one of their own take in turn.</summary>
    public const int AutomaticColors = 6;

    // In the order of ChartColor.
    private static readonly (string Light, string Dark)[] Series =
    [
        ("#0b6bb0", "#5aaeec"), ("#cf5300", "#ff8b52"), ("#00875f", "#3ccf9f"), ("#a8468a", "#e690c8"),
        ("#a87400", "#efb93f"), ("#3192c8", "#9bd4f7"), ("#7b8794", "#8f9ba8"), ("#25303b", "#dfe5eb"),
    ];

    // Selector and property, then the two shades.
    private static readonly (string Selector, string Property, string Light, string Dark)[] Furniture =
    [
        (".ground", "fill", "#ffffff", "#151b23"),
        ("text", "fill", "#5b6875", "#9aa7b4"),
        (".title", "fill", "#17202a", "#edf1f5"),
        (".name", "fill", "#2f3a45", "#d3dae1"),
        (".grid", "stroke", "#e6eaee", "#27303a"),
        (".axis", "stroke", "#a3adb7", "#5b6774"),
        (".marker", "stroke", "#5b6875", "#a4b0bc"),
        (".region", "fill", "#5b6875", "#a4b0bc"),
        (".dot", "stroke", "#ffffff", "#151b23"),
        (".frame", "stroke", "#c9d0d7", "#3a4551"),
    ];

    /// <summary>The rules of every chart; they touch nothing outside of an element of the class <c>engram-chart</c>.</summary>
    public static string StyleSheet { get; } = Build();

    private static string Build()
    {
        var css = new StringBuilder("\n");
        css.Append("""
            .engram-chart{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
            .engram-chart text{font-size:12px}
            .engram-chart .title{font-size:15px;font-weight:600}
            .engram-chart .small{font-size:11px}
            .engram-chart line{shape-rendering:crispEdges}
            .engram-chart .series{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
            .engram-chart .dense{stroke-width:1.1}
            .engram-chart .lone{stroke-width:4}
            .engram-chart .marker{stroke-dasharray:4 3}
            .engram-chart .frame{fill:none}

            """.Replace("\r\n", "\n", StringComparison.Ordinal));
        Shades(css, dark: false);
        css.Append("@media screen and (prefers-color-scheme:dark){\n");
        Shades(css, dark: true);
        css.Append("}\n");
        return css.ToString();
    }

    private static void Shades(StringBuilder css, bool dark)
    {
        foreach (var (selector, property, light, night) in Furniture)
            css.Append($".engram-chart {selector}{{{property}:{(dark ? night : light)}}}\n");
        for (int i = 0; i < Series.Length; i++)
        {
            string shade = dark ? Series[i].Dark : Series[i].Light;
            css.Append($".engram-chart .c{i}{{stroke:{shade}}}.engram-chart .f{i}{{fill:{shade}}}\n");
        }
    }
}
