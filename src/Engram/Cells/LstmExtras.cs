using Engram.Layers;

namespace Engram.Cells;

/// <summary>What an LSTM has beyond the usual formulas; see <see cref="LstmVariant"/>.</summary>
internal readonly record struct LstmExtras(bool Peepholes, bool Coupled, int Projection, float ZoneoutHidden, float ZoneoutCell)
{
    public bool Zoneout => ZoneoutHidden > 0 || ZoneoutCell > 0;

    public bool Any => Peepholes || Coupled || Projection > 0 || Zoneout;

    public static LstmExtras Read(Configuration config) => new(
        config.Boolean("peepholes", false), config.Boolean("coupled_gates", false),
        config.Has("projection_units") ? CheckProjection(config.Int32("projection_units"), config.Int32("units")) : 0,
        RecurrentOptions.Rate(config.Single("zoneout_hidden", 0), "zoneout_hidden"), RecurrentOptions.Rate(config.Single("zoneout_cell", 0), "zoneout_cell"));

    public void Write(Configuration config)
    {
        if (!Any) { return; } // exactly what Keras writes
        config.Set("peepholes", Peepholes);
        config.Set("coupled_gates", Coupled);
        config.Set("projection_units", Projection);
        config.Set("zoneout_hidden", ZoneoutHidden);
        config.Set("zoneout_cell", ZoneoutCell);
    }

    public static int CheckProjection(int value, int units) => value >= 0 && value < units
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"A projection of {units} units has from 1 to {units - 1} numbers, or 0 for none.");
}
