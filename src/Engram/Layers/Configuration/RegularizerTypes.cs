namespace Engram.Layers;

/// <summary>The penalties that a configuration may name.</summary>
internal static class RegularizerTypes
{
    internal static readonly (string?, OrthogonalMode)[] Modes = [("rows", OrthogonalMode.Rows), ("columns", OrthogonalMode.Columns)];

    public static Regularizer Create(SerializedObject found)
    {
        Configuration config = found.Config;
        Regularizer regularizer = found.ClassName switch
        {
            "L1" => new L1(config.Double("l1", 0.01)),
            "L2" => new L2(config.Double("l2", 0.01)),
            "L1L2" or "L1l2" => new L1L2(config.Double("l1", 0), config.Double("l2", 0)),
            "OrthogonalRegularizer" => new OrthogonalRegularizer(config.Double("factor", 0.01), config.Choice("mode", Modes)),
            _ => throw new EngramException($"{config.Owner}: there is no regularizer {found.ClassName}."),
        };
        config.Rest();
        return regularizer;
    }
}
