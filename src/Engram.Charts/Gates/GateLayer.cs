namespace Engram.Charts.Gates;

/// <summary>The gates and states of one recurrent layer in one direction, over the same steps and units.</summary>
public sealed class GateLayer
{
    /// <summary>A layer.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="maps">Its gates and states, in the order in which they are shown; at least one.</param>
    /// <exception cref="ArgumentException">There is no map, or the maps differ in steps or units.</exception>
    public GateLayer(string name, params IReadOnlyList<GateMap> maps)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(maps);
        if (maps.Count == 0)
            throw new ArgumentException($"'{name}' has no map; give at least one.", nameof(maps));
        if (maps.FirstOrDefault(map => (map.Steps, map.Units) != (maps[0].Steps, maps[0].Units)) is { } other)
            throw new ArgumentException($"'{name}': '{other.Name}' has {other.Steps} steps of {other.Units} units, '{maps[0].Name}' {maps[0].Steps} of {maps[0].Units}.", nameof(maps));
        (Name, Maps, State, Order) = (name, [.. maps], maps[^1].Name, [.. Enumerable.Range(0, maps[0].Units)]);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The gates and states.</summary>
    public IReadOnlyList<GateMap> Maps { get; }

    /// <summary>The number of steps.</summary>
    public int Steps => Maps[0].Steps;

    /// <summary>The number of units.</summary>
    public int Units => Maps[0].Units;

    /// <summary>The name of the map that is shown unit by unit at each step: what the layer remembers. Default the last one's.</summary>
    /// <exception cref="ArgumentException">No map has that name.</exception>
    public string State
    {
        get;
        init => field = Maps.Any(map => map.Name == value) ? value : throw new ArgumentException($"'{Name}' has no map '{value}'; it has {string.Join(", ", Maps.Select(map => map.Name))}.", nameof(State));
    }

    /// <summary>The units from top to bottom, each once; default by number. Units that do alike next to each other show what a layer does.</summary>
    /// <exception cref="ArgumentException">A unit is missing or there twice.</exception>
    public IReadOnlyList<int> Order
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count != Units || !value.Order().SequenceEqual(Enumerable.Range(0, Units)))
                throw new ArgumentException($"'{Name}' has the units 0 to {Units - 1}; an order names each of them once.", nameof(Order));
            field = [.. value];
        }
    }
}
