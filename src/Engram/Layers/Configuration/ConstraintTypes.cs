namespace Engram.Layers;

/// <summary>The constraints that a configuration may name.</summary>
internal static class ConstraintTypes
{
    public static Constraint Create(SerializedObject found)
    {
        Configuration config = found.Config;
        Constraint constraint = found.ClassName switch
        {
            "NonNeg" => new NonNeg(),
            "MaxNorm" => new MaxNorm(config.Double("max_value", 2), Axes(config)),
            "UnitNorm" => new UnitNorm(Axes(config)),
            "MinMaxNorm" => new MinMaxNorm(config.Double("min_value", 0), config.Double("max_value", 1), config.Double("rate", 1), Axes(config)),
            _ => throw new EngramException($"{config.Owner}: there is no constraint {found.ClassName}."),
        };
        config.Rest();
        return constraint;
    }

    private static int[] Axes(Configuration config) => config.Has("axis") ? config.Int32s("axis") : [0];
}
