using Engram.Charts;
using Engram.Charts.Gates;
using Engram.Inspection;

namespace Engram.Cli.Gates;

/// <summary>Traces as the maps of a page.</summary>
internal static class GateLayers
{
    // What a reader wants to see first: what goes, what comes, what leaves, and what stays of it.
    private static readonly string[] Sequence = ["forget_gate", "input_gate", "update_gate", "reset_gate", "candidate", "output_gate", "cell_state", "hidden_state"];

    /// <summary>The layers that read as many steps as went in, the one that the story is about first.</summary>
    public static IReadOnlyList<GateLayer> Of(GatesRun run)
    {
        List<GateLayer> layers = [];
        foreach (LayerTrace trace in run.Report.Trace.Layers.OrderByDescending(each => each == run.Layer))
        {
            if (trace.TimeSteps != run.Report.Steps.Count) { continue; }
            // Gates of a kind of their own width (one for each head) stand by themselves.
            foreach (IGrouping<int, GateSeries> width in trace.Series.Select(name => trace[name]).GroupBy(series => series.Units).OrderByDescending(group => group.Count()))
            {
                GateSeries[] series = [.. width.OrderBy(each => Array.IndexOf(Sequence, each.Name) is >= 0 and var place ? place : Sequence.Length)];
                GateSeries state = Array.Find(series, each => each.Name == "cell_state") ?? series[^1];
                layers.Add(new GateLayer(layers.Any(layer => layer.Name == trace.Name) ? $"{trace.Name}, {width.Key} columns" : trace.Name, [.. series.Select(Map)])
                {
                    State = Name(state),
                    Order = UnitOrder.BySimilarity(state),
                });
            }
        }

        return layers.Count > 0 ? layers : throw new EngramException($"No recurrent layer reads all {run.Report.Steps.Count} steps one by one; {run.Report.Trace.Layers[0].Name} reads {run.Report.Trace.Layers[0].TimeSteps}.");
    }

    /// <summary>A gate or state by the name that people read.</summary>
    public static string Name(GateSeries series) => series.Name.Replace('_', ' ');

    private static GateMap Map(GateSeries series) =>
        new(Name(series), GateReport.Values(series)) { Colors = series.IsGate ? ColorScale.Sequential : ColorScale.Diverging };
}
