using System.Text;

namespace Engram.Charts.Drawing;

/// <summary>
/// Turns series into path data. A series with many points to a pixel is thinned to the first, lowest, highest and last of each
/// pixel column: the picture stays the same (after Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation",
/// 2014) and its size no longer depends on the length of the series.
/// </summary>
internal static class SeriesPath
{
    /// <summary>Points to be drawn, in pixels, as runs between gaps.</summary>
    public static List<List<(double X, double Y)>> Runs(PlotArea area, double[] x, double[] y)
    {
        bool thin = x.Length > 4 * area.Width;
        var runs = new List<List<(double X, double Y)>>();
        var column = new Column();
        List<(double X, double Y)>? run = null;
        bool gap = true;
        for (int i = 0; i < x.Length; i++)
        {
            if (double.IsNaN(y[i]))
            {
                gap = true;
                continue;
            }
            (double X, double Y) point = (area.AtX(x[i]), area.AtY(y[i]));
            // A gap narrower than the pixel column it lies in cannot be seen.
            bool sameColumn = thin && run is not null && column.Index == (int)point.X;
            if (!sameColumn && run is not null)
                column.AddTo(run);
            if (gap && !sameColumn)
                runs.Add(run = []);
            if (sameColumn)
                column.Include(point);
            else
                column = new Column(point);
            gap = false;
        }
        if (run is not null)
            column.AddTo(run);
        return runs;
    }

    /// <summary>Path data of lines through the runs of two points and more.</summary>
    public static string Line(List<List<(double X, double Y)>> runs)
    {
        var path = new StringBuilder();
        foreach (List<(double X, double Y)> run in runs.Where(run => run.Count > 1))
            Append(path, run, 'M');
        return path.ToString();
    }

    /// <summary>Path data of the points that stand alone between gaps, as lines of no length: round ends make them dots.</summary>
    public static string Dots(List<List<(double X, double Y)>> runs)
    {
        var path = new StringBuilder();
        foreach (List<(double X, double Y)> run in runs.Where(run => run.Count == 1))
        {
            Append(path, run, 'M');
            path.Append("h0");
        }
        return path.ToString();
    }

    /// <summary>Path data of the areas between the edges of a band.</summary>
    public static string Band(PlotArea area, double[] x, double[] low, double[] high)
    {
        // A gap in one edge is a gap in the band.
        var lower = new double[low.Length];
        var upper = new double[high.Length];
        for (int i = 0; i < lower.Length; i++)
        {
            bool gap = double.IsNaN(low[i]) || double.IsNaN(high[i]);
            lower[i] = gap ? double.NaN : low[i];
            upper[i] = gap ? double.NaN : high[i];
        }
        List<List<(double X, double Y)>> tops = Runs(area, x, upper), bottoms = Runs(area, x, lower);
        var path = new StringBuilder();
        for (int i = 0; i < tops.Count; i++)
        {
            Append(path, tops[i], 'M');
            bottoms[i].Reverse();
            Append(path, bottoms[i], 'L');
            path.Append('Z');
        }
        return path.ToString();
    }

    private static void Append(StringBuilder path, List<(double X, double Y)> points, char first)
    {
        for (int i = 0; i < points.Count; i++)
        {
            path.Append(i == 0 ? first : i == 1 && first == 'M' ? 'L' : ' ');
            path.Append(SvgCanvas.Number(points[i].X)).Append(',').Append(SvgCanvas.Number(points[i].Y));
        }
    }

    /// <summary>What is kept of the points within one pixel column.</summary>
    private struct Column((double X, double Y) first)
    {
        private readonly (double X, double Y) _first = first;
        private (double X, double Y) _low = first, _high = first, _last = first;

        public readonly int Index => (int)_first.X;

        public void Include((double X, double Y) point)
        {
            _last = point;
            if (point.Y < _low.Y)
                _low = point;
            if (point.Y > _high.Y)
                _high = point;
        }

        public readonly void AddTo(List<(double X, double Y)> run)
        {
            run.Add(_first);
            (var earlier, var later) = _low.X <= _high.X ? (_low, _high) : (_high, _low);
            if (earlier != _first && earlier != _last)
                run.Add(earlier);
            if (later != _first && later != _last && later != earlier)
                run.Add(later);
            if (_last != _first)
                run.Add(_last);
        }
    }
}
