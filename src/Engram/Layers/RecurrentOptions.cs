namespace Engram.Layers;

/// <summary>
/// What a layer of recurrent units, its cell and a convolutional LSTM have in common: activation, bias, and where the weights start and what
/// holds them. Each shows these options under the same names.
/// </summary>
internal sealed record RecurrentOptions
{
    public ActivationFunction Activation { get; init; } = Activations.Tanh;

    public bool UseBias { get; init; } = true;

    public Initializer KernelInitializer { get; init; } = Initializers.GlorotUniform;

    public Initializer RecurrentInitializer { get; init; } = Initializers.Orthogonal();

    public Initializer BiasInitializer { get; init; } = Initializers.Zeros;

    public Regularizer? KernelRegularizer { get; init; }

    public Regularizer? RecurrentRegularizer { get; init; }

    public Regularizer? BiasRegularizer { get; init; }

    public Constraint? KernelConstraint { get; init; }

    public Constraint? RecurrentConstraint { get; init; }

    public Constraint? BiasConstraint { get; init; }

    public float Dropout { get; init => field = Rate(value, nameof(Dropout)); }

    public float RecurrentDropout { get; init => field = Rate(value, nameof(RecurrentDropout)); }

    public static RecurrentOptions Read(Configuration config)
    {
        var defaults = new RecurrentOptions();
        return new RecurrentOptions
        {
            Activation = config.Activation("activation", defaults.Activation),
            UseBias = config.Boolean("use_bias", defaults.UseBias),
            KernelInitializer = config.Initializer("kernel_initializer", defaults.KernelInitializer),
            RecurrentInitializer = config.Initializer("recurrent_initializer", defaults.RecurrentInitializer),
            BiasInitializer = config.Initializer("bias_initializer", defaults.BiasInitializer),
            KernelRegularizer = config.Regularizer("kernel_regularizer"),
            RecurrentRegularizer = config.Regularizer("recurrent_regularizer"),
            BiasRegularizer = config.Regularizer("bias_regularizer"),
            KernelConstraint = config.Constraint("kernel_constraint"),
            RecurrentConstraint = config.Constraint("recurrent_constraint"),
            BiasConstraint = config.Constraint("bias_constraint"),
            Dropout = config.Single("dropout", 0),
            RecurrentDropout = config.Single("recurrent_dropout", 0),
        };
    }

    public void Write(Configuration config)
    {
        config.Set("activation", Activation);
        config.Set("use_bias", UseBias);
        config.Set("kernel_initializer", KernelInitializer);
        config.Set("recurrent_initializer", RecurrentInitializer);
        config.Set("bias_initializer", BiasInitializer);
        config.Set("kernel_regularizer", KernelRegularizer);
        config.Set("recurrent_regularizer", RecurrentRegularizer);
        config.Set("bias_regularizer", BiasRegularizer);
        config.Set("kernel_constraint", KernelConstraint);
        config.Set("recurrent_constraint", RecurrentConstraint);
        config.Set("bias_constraint", BiasConstraint);
        config.Set("dropout", Dropout);
        config.Set("recurrent_dropout", RecurrentDropout);
    }

    /// <summary>A share that training drops, checked.</summary>
    public static float Rate(float value, string option) => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(option, value, $"{option} is a share from 0 to below 1.");
}
