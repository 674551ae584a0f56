using System.Globalization;
using System.Text;
using Engram.Layers;

namespace Engram.Models;

/// <summary>The summary of a model, character by character as Keras prints it.</summary>
internal static class ModelSummary
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB"];

    public static string Format(Network model, int lineLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lineLength, 40);
        if (model.InputShapes is { } shapes) { model.BuildFor(shapes); }
        bool isGraph = model is Model { IsChain: false };
        int[] widths = Widths(lineLength, isGraph ? [0.3, 0.56, 0.74, 1] : [0.45, 0.8, 1]);
        var text = new StringBuilder();
        text.Append("Model: \"").Append(model.Name).Append("\"\n");
        Rule(text, '┏', '━', '┳', '┓', widths);
        Row(text, '┃', widths, isGraph ? ["Layer (type)", "Output Shape", "Param #", "Connected to"] : ["Layer (type)", "Output Shape", "Param #"]);
        Rule(text, '┡', '━', '╇', '┩', widths);
        string[] outputs = OutputShapes(model);
        for (int i = 0; i < outputs.Length; i++)
        {
            Layer layer = model.Layers[i];
            if (i > 0) { Rule(text, '├', '─', '┼', '┤', widths); }
            string count = layer.IsBuilt || layer is Input ? Number(layer.ParameterCount) : "0 (unbuilt)";
            string name = $"{layer.Name} ({layer.Kind})";
            Row(text, '│', widths, isGraph ? [name, outputs[i], count, Connections((Model)model, layer)] : [name, outputs[i], count]);
        }

        Rule(text, '└', '─', '┴', '┘', widths);
        long all = model.ParameterCount;
        long trainable = model.TrainableWeights.Sum(weight => (long)weight.Value.Length);
        long optimizer = model.Optimizer is { Iterations: > 0 } ? model.Optimizer.StateCount : 0;
        Total(text, "Total params", all + optimizer);
        Total(text, "Trainable params", trainable);
        Total(text, "Non-trainable params", all - trainable);
        if (optimizer > 0) { Total(text, "Optimizer params", optimizer); }
        return text.Append('\n').ToString();
    }

    // The columns' wished widths and their margins are more than the line has room for; each gives way by the same share, rounded half to even.
    private static int[] Widths(int lineLength, ReadOnlySpan<double> positions)
    {
        var widths = new int[positions.Length];
        int used = 0, wished = 0;
        for (int i = 0; i < widths.Length; i++)
        {
            int width = (int)(positions[i] * lineLength) - used;
            used += width;
            widths[i] = width + 2;
            wished += widths[i];
        }

        int left = wished + widths.Length + 1 - lineLength;
        for (int i = 0; i < widths.Length; i++)
        {
            int share = (int)Math.Round((double)left / (widths.Length - i), MidpointRounding.ToEven);
            widths[i] -= share;
            left -= share;
        }

        return widths;
    }

    // A layer that is used several times shows what came out the last time.
    private static string[] OutputShapes(Network model)
    {
        if (model is Model graph)
        {
            return [.. model.Layers.Select(layer =>
            {
                string[] shapes = [.. graph.Uses.Where(use => use.Layer == layer).MaxBy(use => use.Number)!.Outputs.Select(output => output.Shape.ToString())];
                return shapes.Length == 1 ? shapes[0] : $"[{string.Join(", ", shapes)}]";
            })];
        }

        Shape? shape = model.InputShapes?[0];
        return [.. model.Layers.Select(layer => (shape = shape is null ? null : layer.OutputShape(shape))?.ToString() ?? "?")];
    }

    private static string Connections(Model model, Layer layer)
    {
        string[] sources = [.. model.Uses.Where(use => use.Layer == layer).OrderBy(use => use.Number).SelectMany(use => use.Inputs)
            .Select(input => $"{input.Layer.Name}[{input.Use.Number}][{input.Index}]")];
        return sources.Length == 0 ? "-" : string.Join(", ", sources);
    }

    private static void Rule(StringBuilder text, char left, char line, char middle, char right, int[] widths)
    {
        text.Append(left).AppendJoin(middle, widths.Select(width => new string(line, width))).Append(right).Append('\n');
    }

    // A cell that is too long goes on in the next line; the number of parameters stands to the right.
    private static void Row(StringBuilder text, char border, int[] widths, params ReadOnlySpan<string> cells)
    {
        var lines = new List<string>[cells.Length];
        for (int i = 0; i < cells.Length; i++) { lines[i] = Wrap(cells[i], widths[i] - 2); }
        for (int line = 0; line < lines.Max(cell => cell.Count); line++)
        {
            for (int i = 0; i < cells.Length; i++)
            {
                string part = line < lines[i].Count ? lines[i][line] : "";
                int width = widths[i] - 2;
                text.Append(border).Append(' ').Append(i == 2 ? part.PadLeft(width) : part.PadRight(width)).Append(' ');
            }

            text.Append(border).Append('\n');
        }
    }

    private static List<string> Wrap(string cell, int width)
    {
        var lines = new List<string>();
        string line = "";
        foreach (string word in cell.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                lines.Add(line);
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
            for (; line.Length > width; line = line[width..]) { lines.Add(line[..width]); }
        }

        lines.Add(line);
        return lines;
    }

    private static void Total(StringBuilder text, string label, long count)
    {
        double bytes = count * 4.0;
        int unit = 0;
        while (bytes >= 1024 && unit < Units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        text.Append(' ').Append(label).Append(": ").Append(Number(count)).Append(" (")
            .Append(bytes.ToString("0.00", CultureInfo.InvariantCulture)).Append(' ').Append(Units[unit]).Append(")\n");
    }

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
