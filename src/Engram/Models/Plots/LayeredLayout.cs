namespace Engram.Models;

/// <summary>A box of a plot: its size is given, its place is found.</summary>
internal sealed class PlotBox(double width, double height)
{
    public double Width { get; } = width;

    public double Height { get; } = height;

    /// <summary>The middle of the box from left to right.</summary>
    public double X { get; set; }

    /// <summary>The upper edge.</summary>
    public double Y { get; set; }

    /// <summary>The row, counted from the top.</summary>
    public int Row { get; set; }

    public double Left => X - (Width / 2);

    public double Right => X + (Width / 2);
}

/// <summary>An arrow from the bottom of a box to the top of another, by way of a free place in each row between.</summary>
internal sealed class PlotArrow(PlotBox from, PlotBox to)
{
    public PlotBox From { get; } = from;

    public PlotBox To { get; } = to;

    /// <summary>Where the arrow goes, from its start to its end.</summary>
    public List<PlotBox> Way { get; } = [];
}

/// <summary>
/// Puts boxes into rows from top to bottom (Sugiyama, Tagawa and Toda 1981): a box stands below all that it reads from; within a row boxes are
/// ordered by where their neighbours stand, so that few arrows cross, and moved towards them.
/// </summary>
internal sealed class LayeredLayout
{
    private const double Gap = 28, RowGap = 44, PassingWidth = 10;
    private const int Sweeps = 12;

    private readonly List<List<PlotBox>> rows = [];
    private readonly Dictionary<PlotBox, List<PlotBox>> above = [];
    private readonly Dictionary<PlotBox, List<PlotBox>> below = [];

    /// <param name="boxes">The boxes, each after those it reads from.</param>
    /// <param name="arrows">The arrows.</param>
    /// <param name="sources">Boxes that read from none and may stand right above the first that reads from them.</param>
    public LayeredLayout(IReadOnlyList<PlotBox> boxes, IReadOnlyList<PlotArrow> arrows, IReadOnlySet<PlotBox> sources)
    {
        foreach (PlotBox box in boxes)
        {
            box.Row = arrows.Where(arrow => arrow.To == box).Select(arrow => arrow.From.Row + 1).DefaultIfEmpty(0).Max();
        }

        foreach (PlotBox box in sources)
        {
            box.Row = Math.Max(0, arrows.Where(arrow => arrow.From == box).Select(arrow => arrow.To.Row - 1).DefaultIfEmpty(0).Min());
        }

        foreach (PlotBox box in boxes) { Place(box); }
        foreach (PlotArrow arrow in arrows) { Connect(arrow); }
        for (int sweep = 0; sweep < Sweeps; sweep++) { Order(downwards: sweep % 2 == 0); }
        Spread();
        double y = 0;
        foreach (List<PlotBox> row in rows)
        {
            foreach (PlotBox box in row) { box.Y = y; }
            y += row.Max(box => box.Height) + RowGap;
        }

        Height = Math.Max(0, y - RowGap);
        double left = rows.SelectMany(row => row).Select(box => box.Left).DefaultIfEmpty(0).Min();
        foreach (PlotBox box in rows.SelectMany(row => row)) { box.X -= left; }
        Width = rows.SelectMany(row => row).Select(box => box.Right).DefaultIfEmpty(0).Max();
    }

    public double Width { get; }

    public double Height { get; }

    private void Place(PlotBox box)
    {
        while (rows.Count <= box.Row) { rows.Add([]); }
        rows[box.Row].Add(box);
        above[box] = [];
        below[box] = [];
    }

    private void Connect(PlotArrow arrow)
    {
        arrow.Way.Add(arrow.From);
        for (int row = arrow.From.Row + 1; row < arrow.To.Row; row++)
        {
            var passing = new PlotBox(PassingWidth, 0) { Row = row };
            Place(passing);
            arrow.Way.Add(passing);
        }

        arrow.Way.Add(arrow.To);
        for (int i = 1; i < arrow.Way.Count; i++)
        {
            below[arrow.Way[i - 1]].Add(arrow.Way[i]);
            above[arrow.Way[i]].Add(arrow.Way[i - 1]);
        }
    }

    // Each row by the mean place of its neighbours in the row before; boxes without any keep theirs.
    private void Order(bool downwards)
    {
        for (int i = 1; i < rows.Count; i++)
        {
            List<PlotBox> row = rows[downwards ? i : rows.Count - 1 - i], fixedRow = rows[downwards ? i - 1 : rows.Count - i];
            Dictionary<PlotBox, List<PlotBox>> neighbours = downwards ? above : below;
            var places = new Dictionary<PlotBox, double>();
            for (int place = 0; place < row.Count; place++)
            {
                List<PlotBox> near = neighbours[row[place]];
                places[row[place]] = near.Count == 0 ? (double)place / row.Count * fixedRow.Count : near.Average(box => (double)fixedRow.IndexOf(box));
            }

            PlotBox[] sorted = [.. row.OrderBy(box => places[box])]; // stable
            row.Clear();
            row.AddRange(sorted);
        }
    }

    // Every box wants to stand where its neighbours stand on average; boxes that would overlap share the room they need.
    private void Spread()
    {
        foreach (List<PlotBox> row in rows)
        {
            double x = 0;
            foreach (PlotBox box in row)
            {
                box.X = x + (box.Width / 2);
                x += box.Width + Gap;
            }
        }

        for (int sweep = 0; sweep < 2 * Sweeps; sweep++)
        {
            bool downwards = sweep % 2 == 0;
            for (int i = 0; i < rows.Count; i++)
            {
                List<PlotBox> row = rows[downwards ? i : rows.Count - 1 - i];
                Settle(row, [.. row.Select(box => Wish(box, downwards))]);
            }
        }
    }

    private double Wish(PlotBox box, bool downwards)
    {
        List<PlotBox> near = downwards ? above[box] : below[box];
        return near.Count == 0 ? box.X : near.Average(other => other.X);
    }

    // The least squares places in a given order: blocks of touching boxes stand where their wishes are on average (pool adjacent violators).
    private static void Settle(List<PlotBox> row, double[] wishes)
    {
        var blocks = new List<(double Mean, int Count)>();
        var offsets = new double[row.Count];
        for (int i = 0; i < row.Count; i++)
        {
            offsets[i] = i == 0 ? 0 : offsets[i - 1] + (row[i - 1].Width / 2) + Gap + (row[i].Width / 2);
            (double mean, int count) = (wishes[i] - offsets[i], 1);
            while (blocks.Count > 0 && blocks[^1].Mean > mean)
            {
                (double before, int members) = blocks[^1];
                blocks.RemoveAt(blocks.Count - 1);
                mean = ((mean * count) + (before * members)) / (count + members);
                count += members;
            }

            blocks.Add((mean, count));
        }

        int at = 0;
        foreach ((double mean, int count) in blocks)
        {
            for (int end = at + count; at < end; at++) { row[at].X = mean + offsets[at]; }
        }
    }
}
