using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>Configurations: what is wrong is said, what one makes oneself comes back.</summary>
public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("""{"name": "d"}""", "d: the option units is missing; expected a whole number.")]
    [InlineData("""{"name": "d", "units": 1.5}""", "d: units is 1.5; expected a whole number.")]
    [InlineData("""{"name": "d", "units": 3, "use_bias": "yes"}""", "d: use_bias is \"yes\"; expected true or false.")]
    [InlineData("""{"name": "d", "units": 3, "unit": 4}""", "d: the option unit is unknown.")]
    [InlineData("""{"name": "d", "units": 3, "kernel_initializer": 4}""", "d: kernel_initializer is no object with class_name and config.")]
    [InlineData("""{"name": "d", "units": 3, "kernel_initializer": "glorot"}""", "d.kernel_initializer: there is no initializer Glorot.")]
    public void What_is_wrong_is_named(string config, string message) =>
        Assert.Equal(message, Assert.Throws<EngramException>(() => LayerTypes.BuiltIn.Create("Dense", JsonNode.Parse(config)!.AsObject())).Message);

    [Fact]
    public void A_value_out_of_range_names_the_layer()
    {
        var config = new JsonObject { ["name"] = "d", ["units"] = 0 };
        Assert.StartsWith("d: ", Assert.Throws<EngramException>(() => LayerTypes.BuiltIn.Create("Dense", config)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_differ_from_the_defaults_come_back()
    {
        var layer = new Lstm(3)
        {
            Name = "memory",
            Trainable = false,
            Activation = Activations.Relu,
            KernelInitializer = Initializers.VarianceScaling(2.5, FanMode.FanOut, WeightDistribution.Uniform),
            RecurrentInitializer = Initializers.RandomNormal(0.5f, 0.25f),
            BiasInitializer = Initializers.Constant(0.1f),
            KernelRegularizer = new L1L2(0.25, 0.5),
            RecurrentConstraint = new MinMaxNorm(0.5, 2, 0.75, 0, 1),
            ActivityRegularizer = new L2(0.125),
            Dropout = 0.2f,
            GoBackwards = true,
        };
        JsonObject config = layer.GetConfig();
        Layer again = LayerTypes.BuiltIn.Create("LSTM", config.DeepClone().AsObject());
        Assert.Equal(config.ToJsonString(), again.GetConfig().ToJsonString());
        var read = Assert.IsType<Lstm>(again);
        Assert.Equal((Activations.Relu, 0.2f, false, "memory"), (read.Activation, read.Dropout, read.Trainable, read.Name));
    }

    [Fact]
    public void A_layer_of_ones_own_is_created_by_the_name_it_was_given()
    {
        LayerTypes types = LayerTypes.BuiltIn.With("Twice", _ => new Twice());
        JsonObject config = new TimeDistributed(new Twice { Name = "twice" }).GetConfig();
        Assert.IsType<Twice>(Assert.IsType<TimeDistributed>(types.Create("TimeDistributed", config.DeepClone().AsObject())).Layer);
        Assert.Throws<EngramException>(() => LayerTypes.BuiltIn.Create("TimeDistributed", config));
    }

    private sealed class Twice : Layer
    {
        public override Shape OutputShape(Shape input) => input;

        protected internal override void Forward(LayerCall call) => System.Numerics.Tensors.TensorPrimitives.Multiply(call.Input.Span, 2, call.Output.Span);

        protected internal override void Backward(LayerCall call) =>
            System.Numerics.Tensors.TensorPrimitives.Multiply(call.OutputGradient.Span, 2, call.InputGradient!.Span);
    }
}
