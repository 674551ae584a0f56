namespace Engram.Layers;

/// <summary>The initializers that a configuration may name.</summary>
internal static class InitializerTypes
{
    internal static readonly (string?, FanMode)[] FanModes =
        [("fan_in", FanMode.FanIn), ("fan_out", FanMode.FanOut), ("fan_avg", FanMode.FanAverage)];

    internal static readonly (string?, WeightDistribution)[] Distributions =
    [
        ("truncated_normal", WeightDistribution.TruncatedNormal), ("untruncated_normal", WeightDistribution.UntruncatedNormal),
        ("uniform", WeightDistribution.Uniform),
    ];

    public static Initializer Create(SerializedObject found)
    {
        Configuration config = found.Config;
        Initializer initializer = found.ClassName switch
        {
            "Zeros" => new ConstantInitializer("Zeros", 0),
            "Ones" => new ConstantInitializer("Ones", 1),
            "Constant" => new ConstantInitializer(config.Single("value", 0)),
            "GlorotUniform" => Scaling(Initializers.GlorotUniform),
            "GlorotNormal" => Scaling(Initializers.GlorotNormal),
            "HeUniform" => Scaling(Initializers.HeUniform),
            "HeNormal" => Scaling(Initializers.HeNormal),
            "LecunUniform" => Scaling(Initializers.LecunUniform),
            "LecunNormal" => Scaling(Initializers.LecunNormal),
            "VarianceScaling" => new VarianceScalingInitializer(
                config.Double("scale", 1), config.Choice("mode", FanModes), config.Choice("distribution", Distributions)),
            "RandomUniform" => new RandomUniformInitializer(config.Single("minval", -0.05f), config.Single("maxval", 0.05f)),
            "RandomNormal" => new RandomNormalInitializer(config.Single("mean", 0), config.Single("stddev", 0.05f)),
            "TruncatedNormal" => new TruncatedNormalInitializer(config.Single("mean", 0), config.Single("stddev", 0.05f)),
            "Orthogonal" or "OrthogonalInitializer" => new OrthogonalInitializer(config.Single("gain", 1)),
            "Identity" or "IdentityInitializer" => new IdentityInitializer(config.Single("gain", 1)),
            _ => throw new EngramException($"{config.Owner}: there is no initializer {found.ClassName}."),
        };
        initializer.Rest = config.Rest();
        return initializer;
    }

    // A copy, so that a seed in the configuration stays with the one that had it.
    private static VarianceScalingInitializer Scaling(Initializer like)
    {
        var scaling = (VarianceScalingInitializer)like;
        return new VarianceScalingInitializer(scaling.Name, scaling.Scale, scaling.Mode, scaling.Distribution);
    }
}
