using System.Globalization;
using System.Text;
using Engram.Layers;

namespace Engram.Models;

/// <summary>Draws the graph of a model as SVG: a box for each use of a layer, arrows from outputs to readers, frames around nested models.</summary>
internal sealed class ModelPlot
{
    private const double Margin = 16, TitleHeight = 26, TextSize = 12, Padding = 14, BoxHeight = 44, FrameTop = 30;

    private const string Style = """
        .engram-plot{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;--ground:#ffffff;--text:#17202a;--soft:#5b6875;--line:#7b8794;--box:#f4f6f8;--edge:#c9d0d7;--learnt:#e3f0fa;--learnt-edge:#0b6bb0;--input:#e2f3ec;--input-edge:#00875f;--frame:#fafbfc}
        @media screen and (prefers-color-scheme:dark){.engram-plot{--ground:#151b23;--text:#edf1f5;--soft:#9aa7b4;--line:#8f9ba8;--box:#1f2731;--edge:#3a4551;--learnt:#14344d;--learnt-edge:#5aaeec;--input:#12382c;--input-edge:#3ccf9f;--frame:#1a212a}}
        .engram-plot .ground{fill:var(--ground)}
        .engram-plot text{font-size:12px;fill:var(--soft);text-anchor:middle}
        .engram-plot .name{font-weight:600;fill:var(--text)}
        .engram-plot .start{text-anchor:start}
        .engram-plot .box{fill:var(--box);stroke:var(--edge)}
        .engram-plot .learnt{fill:var(--learnt);stroke:var(--learnt-edge)}
        .engram-plot .input{fill:var(--input);stroke:var(--input-edge)}
        .engram-plot .frame{fill:var(--frame);stroke:var(--edge);stroke-dasharray:5 4}
        .engram-plot .frozen{stroke-dasharray:3 3}
        .engram-plot .arrow{fill:none;stroke:var(--line);stroke-width:1.4}
        .engram-plot .head{fill:var(--line)}
        """;

    private readonly StringBuilder body = new();

    /// <summary>The whole picture as one SVG document.</summary>
    public static string Draw(Network model)
    {
        if (model.InputShapes is { } shapes) { model.BuildFor(shapes); }
        var plot = new ModelPlot();
        string title = $"{model.Name} ({model.Kind})";
        var (width, height) = Measure(model).Draw(plot, Margin, Margin + TitleHeight);
        width = Math.Max(width, PlotText.Width(title, 14)) + (2 * Margin);
        height += (2 * Margin) + TitleHeight;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"engram-plot\" role=\"img\" viewBox=\"0 0 {PlotText.Number(width)} {PlotText.Number(height)}\" width=\"{PlotText.Number(width)}\" height=\"{PlotText.Number(height)}\" aria-label=\"{PlotText.Escape(title)}\">\n");
        svg.Append("<title>").Append(PlotText.Escape(title)).Append("</title>\n<style>\n").Append(Style.ReplaceLineEndings("\n")).Append("\n</style>\n");
        svg.Append("<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"name start\" style=\"font-size:14px\" x=\"{Margin}\" y=\"{Margin + 12}\">{PlotText.Escape(title)}</text>\n");
        return svg.Append(plot.body).Append("</svg>\n").ToString();
    }

    private static Part Measure(Network model)
    {
        var part = new Part();
        if (model is Model graph)
        {
            var parts = new Dictionary<LayerUse, Item>();
            foreach (LayerUse use in graph.Uses)
            {
                parts[use] = part.Add(use.Layer, [.. use.Outputs.Select(output => output.Shape)]);
                foreach (SymbolicTensor input in use.Inputs) { part.Connect(parts[input.Use], parts[use]); }
            }
        }
        else
        {
            Shape? shape = model.InputShapes?[0];
            Item? before = shape is null ? null : part.Add(null, [shape]);
            foreach (Layer layer in model.Layers)
            {
                shape = shape is null ? null : layer.OutputShape(shape);
                Item item = part.Add(layer, shape is null ? [] : [shape]);
                if (before is not null) { part.Connect(before, item); }
                before = item;
            }
        }

        part.Arrange();
        return part;
    }

    // What a box shows: a layer, or with inner parts a model.
    private sealed record Item(PlotBox Box, string Name, string Below, string Class, Part? Inner);

    private sealed class Part
    {
        private readonly List<Item> items = [];
        private readonly List<PlotArrow> arrows = [];
        private LayeredLayout? layout;

        public Item Add(Layer? layer, IReadOnlyList<Shape> outputs)
        {
            string shapes = string.Join(", ", outputs);
            string name = layer?.Name ?? "input", kind = layer?.Kind ?? "InputLayer";
            string below = shapes.Length == 0 ? kind : $"{kind} → {shapes}";
            double width = Math.Max(PlotText.Width(name, TextSize) * 1.06, PlotText.Width(below, TextSize)) + (2 * Padding);
            string style = layer is null or Input ? "box input" : layer.Weights.Count == 0 ? "box" : layer.Trainable ? "box learnt" : "box learnt frozen";
            Item item;
            if (layer is Network { Layers.Count: > 0 } network)
            {
                Part inner = Measure(network);
                item = new Item(new PlotBox(Math.Max(width, inner.layout!.Width + (2 * Padding)), FrameTop + inner.layout.Height + Padding), name, below, "frame", inner);
            }
            else { item = new Item(new PlotBox(width, BoxHeight), name, below, style, null); }
            items.Add(item);
            return item;
        }

        public void Connect(Item from, Item to) => arrows.Add(new PlotArrow(from.Box, to.Box));

        public void Arrange() => layout = new LayeredLayout(
            [.. items.Select(item => item.Box)], arrows, items.Where(item => item.Class == "box input").Select(item => item.Box).ToHashSet());

        public (double Width, double Height) Draw(ModelPlot plot, double left, double top)
        {
            foreach (Item item in items) { DrawItem(plot, item, left, top); }
            foreach (PlotArrow arrow in arrows) { DrawArrow(plot, arrow, left, top); }
            return (layout!.Width, layout.Height);
        }

        private static void DrawItem(ModelPlot plot, Item item, double left, double top)
        {
            PlotBox box = item.Box;
            double x = left + box.Left, y = top + box.Y, middle = left + box.X;
            plot.body.Append($"<rect class=\"{item.Class}\" x=\"{PlotText.Number(x)}\" y=\"{PlotText.Number(y)}\" width=\"{PlotText.Number(box.Width)}\" height=\"{PlotText.Number(box.Height)}\" rx=\"6\"/>\n");
            if (item.Inner is { } inner)
            {
                plot.body.Append($"<text class=\"start\" x=\"{PlotText.Number(x + 10)}\" y=\"{PlotText.Number(y + 18)}\"><tspan class=\"name\">{PlotText.Escape(item.Name)}</tspan> {PlotText.Escape(item.Below)}</text>\n");
                inner.Draw(plot, middle - (inner.layout!.Width / 2), y + FrameTop);
                return;
            }

            plot.body.Append($"<text class=\"name\" x=\"{PlotText.Number(middle)}\" y=\"{PlotText.Number(y + 18)}\">{PlotText.Escape(item.Name)}</text>\n");
            plot.body.Append($"<text x=\"{PlotText.Number(middle)}\" y=\"{PlotText.Number(y + 34)}\">{PlotText.Escape(item.Below)}</text>\n");
        }

        private void DrawArrow(ModelPlot plot, PlotArrow arrow, double left, double top)
        {
            (double x, double y) = (left + Port(arrow, atStart: true), top + arrow.From.Y + arrow.From.Height);
            var path = new StringBuilder($"M{PlotText.Number(x)} {PlotText.Number(y)}");
            for (int i = 1; i < arrow.Way.Count; i++)
            {
                PlotBox next = arrow.Way[i];
                bool last = i == arrow.Way.Count - 1;
                double toX = left + (last ? Port(arrow, atStart: false) : next.X), toY = top + next.Y - (last ? 7 : 0);
                double bend = Math.Min(30, (toY - y) / 2);
                path.Append($" C{PlotText.Number(x)} {PlotText.Number(y + bend)} {PlotText.Number(toX)} {PlotText.Number(toY - bend)} {PlotText.Number(toX)} {PlotText.Number(toY)}");
                (x, y) = (toX, toY);
                if (last) { continue; }
                y = top + next.Y + items.Where(item => item.Box.Row == next.Row).Max(item => item.Box.Height);
                path.Append($" L{PlotText.Number(x)} {PlotText.Number(y)}");
            }

            plot.body.Append($"<path class=\"arrow\" d=\"{path}\"/>\n");
            plot.body.Append($"<path class=\"head\" d=\"M{PlotText.Number(x - 4)} {PlotText.Number(y)} h8 l-4 7z\"/>\n");
        }

        // Arrows at one side of a box share its width, in the order of where they come from or go to.
        private double Port(PlotArrow arrow, bool atStart)
        {
            PlotBox box = atStart ? arrow.From : arrow.To;
            PlotArrow[] side = [.. (atStart ? arrows.Where(other => other.From == box).OrderBy(other => other.Way[1].X) : arrows.Where(other => other.To == box).OrderBy(other => other.Way[^2].X))];
            double step = Math.Min(22, box.Width / (side.Length + 1));
            return box.X + ((Array.IndexOf(side, arrow) - ((side.Length - 1) / 2.0)) * step);
        }
    }
}
