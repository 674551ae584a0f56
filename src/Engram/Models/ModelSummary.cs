using System.Globalization;
using System.Text;
using Engram.Layers;

namespace Engram.Models;

/// <summary>The summary of a model, character by character as Keras prints it.</summary>
internal static class ModelSummary
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB"];

    public static string Format(Sequential model, int lineLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lineLength, 40);
        if (model.InputShape is not null) { model.Build(); }
        int first = (int)(0.45 * lineLength), second = (int)(0.8 * lineLength);
        int[] widths = [first - 1, second - first - 2, lineLength - second - 1];
        var text = new StringBuilder();
        text.Append("Model: \"").Append(model.Name).Append("\"\n");
        Rule(text, '┏', '━', '┳', '┓', widths);
        Row(text, '┃', widths, "Layer (type)", "Output Shape", "Param #");
        Rule(text, '┡', '━', '╇', '┩', widths);
        Shape? shape = model.InputShape;
        for (int i = 0; i < model.Layers.Count; i++)
        {
            Layer layer = model.Layers[i];
            if (i > 0) { Rule(text, '├', '─', '┼', '┤', widths); }
            shape = shape is null ? null : layer.OutputShape(shape);
            string count = layer.IsBuilt ? Number(layer.ParameterCount) : "0 (unbuilt)";
            Row(text, '│', widths, $"{layer.Name} ({layer.Kind})", shape?.ToString() ?? "?", count);
        }

        Rule(text, '└', '─', '┴', '┘', widths);
        long all = model.Layers.Sum(layer => layer.ParameterCount);
        long trainable = model.TrainableWeights.Sum(weight => (long)weight.Value.Length);
        long optimizer = model.Optimizer is { Iterations: > 0 } ? model.Optimizer.StateCount : 0;
        Total(text, "Total params", all + optimizer);
        Total(text, "Trainable params", trainable);
        Total(text, "Non-trainable params", all - trainable);
        if (optimizer > 0) { Total(text, "Optimizer params", optimizer); }
        return text.Append('\n').ToString();
    }

    private static void Rule(StringBuilder text, char left, char line, char middle, char right, int[] widths)
    {
        text.Append(left).AppendJoin(middle, widths.Select(width => new string(line, width))).Append(right).Append('\n');
    }

    // A cell that is too long goes on in the next line; numbers stand to the right.
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
                text.Append(border).Append(' ').Append(i == cells.Length - 1 ? part.PadLeft(width) : part.PadRight(width)).Append(' ');
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
