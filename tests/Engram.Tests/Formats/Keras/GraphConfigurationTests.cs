using System.Text.Json.Nodes;
using Engram.Formats;
using Engram.Formats.Keras;
using Engram.Models;

namespace Engram.Tests.Formats.Keras;

/// <summary>Graphs in the forms of Keras 2 and 3, and what is refused in them.</summary>
public sealed class GraphConfigurationTests
{
    private const string Old = """
        {"class_name": "Functional", "config": {"name": "old", "layers": [
          {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 5, 3], "dtype": "float32", "sparse": false, "ragged": false, "name": "a"}, "name": "a", "inbound_nodes": []},
          {"class_name": "LSTM", "config": {"name": "enc", "units": 4, "return_state": true, "time_major": false, "implementation": 2}, "name": "enc", "inbound_nodes": [[["a", 0, 0, {}]]]},
          {"class_name": "LSTM", "config": {"name": "dec", "units": 4}, "name": "dec", "inbound_nodes": [[["a", 0, 0, {}], ["enc", 0, 1, {}], ["enc", 0, 2, {}]]]},
          {"class_name": "LSTM", "config": {"name": "named", "units": 4}, "name": "named", "inbound_nodes": [[["a", 0, 0, {"initial_state": [["enc", 0, 1], ["enc", 0, 2]], "mask": null}]]]},
          {"class_name": "Add", "config": {"name": "sum"}, "name": "sum", "inbound_nodes": [[["dec", 0, 0, {}], ["named", 0, 0, {}]]]}],
         "input_layers": [["a", 0, 0]], "output_layers": [["sum", 0, 0]]}}
        """;

    [Fact]
    public void A_graph_of_Keras_2_is_read()
    {
        var model = Assert.IsType<Model>(ModelConfiguration.Read(Old, "old.h5", LoadOptions.Default));
        Assert.Equal(["a", "enc", "dec", "named", "sum"], model.Layers.Select(layer => layer.Name));
        Assert.Equal([3, 3], model.Uses.Where(use => use.Layer.Name is "dec" or "named").Select(use => use.Inputs.Count));
        model.Build();
        JsonObject written = ModelConfiguration.Write(model);
        Assert.Equal(["sequences_shape", "initial_state_shape"], written["config"]!["layers"]![2]!["build_config"]!["shapes_dict"]!.AsObject().Select(pair => pair.Key));
    }

    [Theory]
    [InlineData("\"time_major\": false", "\"time_major\": true", "time_major")]
    [InlineData("\"mask\": null", "\"training\": true", "training")]
    [InlineData("\"mask\": null", "\"constants\": 3", "constants")]
    [InlineData("[\"a\", 0, 0, {}], [\"enc\", 0, 1, {}]", "[\"a\", 0, 0, {}], [\"nobody\", 0, 1, {}]", "nobody")]
    [InlineData("[\"a\", 0, 0, {}], [\"enc\", 0, 1, {}]", "[\"a\", 0, 0, {}], [\"enc\", 1, 1, {}]", "use 1 of enc")]
    [InlineData("[\"a\", 0, 0, {}], [\"enc\", 0, 1, {}]", "[\"a\", 0, 0, {}], [\"enc\", 0, 7, {}]", "output 7")]
    [InlineData("[\"a\", 0, 0, {}], [\"enc\", 0, 1, {}]", "[\"a\", 0, 0, {}], [\"sum\", 0, 0, {}]", "circle")]
    [InlineData("[[\"sum\", 0, 0]]", "[[\"dec\", 0, 0]]", "leads to no output")]
    [InlineData("\"name\": \"dec\", \"inbound", "\"name\": \"enc\", \"inbound", "two layers named enc")]
    [InlineData("\"units\": 4}, \"name\": \"dec\"", "\"units\": 4, \"swing\": 1}, \"name\": \"dec\"", "swing")]
    [InlineData("\"class_name\": \"Add\"", "\"class_name\": \"Addd\"", "Add'")]
    [InlineData("\"class_name\": \"Add\", ", "\"class_name\": \"Add\", \"registered_name\": \"Pkg>Add\", ", "Pkg")]
    public void What_cannot_be_right_is_refused_by_name(string right, string wrong, string message)
    {
        Assert.Contains(right, Old, StringComparison.Ordinal);
        EngramException e = Assert.Throws<EngramException>(() => ModelConfiguration.Read(Old.Replace(right, wrong, StringComparison.Ordinal), "old.h5", LoadOptions.Default));
        Assert.StartsWith("old.h5: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mask_that_is_given_by_hand_is_not_dropped()
    {
        string wrong = KerasFixtures.Config("translator");
        const string Own = "\"keras_history\": [\"not_equal\", 0, 0]";
        Assert.Contains(Own, wrong, StringComparison.Ordinal);
        // The encoder now gets the mask of the other input.
        int at = wrong.IndexOf(Own, wrong.IndexOf("\"name\": \"encoder\"", StringComparison.Ordinal), StringComparison.Ordinal);
        wrong = wrong[..at] + "\"keras_history\": [\"not_equal_1\", 0, 0]" + wrong[(at + Own.Length)..];
        Assert.Contains("masks that are given by hand", Assert.Throws<EngramException>(() => ModelConfiguration.Read(wrong, "test.keras", LoadOptions.Default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_without_an_input_layer_takes_the_shape_of_its_first_layer()
    {
        const string Json = """{"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "LSTM", "config": {"name": "lstm", "batch_input_shape": [2, 7, 3], "units": 4}}]}}""";
        var model = Assert.IsType<Sequential>(ModelConfiguration.Read(Json, "s.h5", LoadOptions.Default));
        Assert.Equal(new Shape(Shape.Unknown, 7, 3), model.InputShape);
        Assert.Equal(2, model.InputLayer!.BatchSize);
    }
}
