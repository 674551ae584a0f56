using Engram.Charts.Gates;

namespace Engram.Cli.Gates;

/// <summary>The files of a run: the page, the picture and the numbers.</summary>
internal sealed class GatesFiles(string folder)
{
    public string Page { get; } = Path.Combine(folder, "gates.html");

    public string Picture { get; } = Path.Combine(folder, "gates.svg");

    public string Numbers { get; } = Path.Combine(folder, "gates.csv");

    /// <summary>Writes them.</summary>
    /// <param name="run">What they show.</param>
    /// <param name="isDefault">Whether nothing was chosen, so that the page may show what other words do to the textbook's sentence.</param>
    public void Write(GatesRun run, bool isDefault)
    {
        IReadOnlyList<GateLayer> layers = GateLayers.Of(run);
        AtomicFile.WriteText(Numbers, run.Report.ToCsv());
        GatesPage.Picture(run, layers[0]).Save(Picture, 1040, 700);
        GatesPage.Create(run, layers, isDefault).Save(Page);
    }
}
