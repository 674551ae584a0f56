using System.Text.Json.Nodes;
using Engram.Formats;
using Engram.Formats.Keras;
using Engram.Models;

namespace Engram.Tests.Formats.Keras;

/// <summary>Architecture and training as Keras writes them, read and written again.</summary>
public sealed class ModelConfigurationTests
{
    public static TheoryData<string> Models => [.. KerasFixtures.Models];

    [Theory]
    [MemberData(nameof(Models))]
    public void What_was_read_is_written_as_Keras_wrote_it(string name)
    {
        JsonObject original = JsonNode.Parse(KerasFixtures.Config(name))!.AsObject();
        JsonObject written = ModelConfiguration.Write(Read(original));
        if (KerasFixtures.IsKeras2(name))
        {
            // Files of Keras 2 become files of Keras 3, which stay as they are.
            JsonObject again = ModelConfiguration.Write(Read(written));
            Assert.Null(KerasFixtures.Difference(KerasFixtures.Comparable(written), KerasFixtures.Comparable(again)));
            return;
        }

        Assert.Null(KerasFixtures.Difference(KerasFixtures.Comparable(original), KerasFixtures.Comparable(written)));
    }

    private static Network Read(JsonObject original)
    {
        var json = (JsonObject)original.DeepClone();
        Network model = ModelConfiguration.Read(json, "test.keras", LoadOptions.Default);
        model.BuildFor(model.InputShapes!);
        CompileConfiguration.Apply(model, (JsonObject)original["compile_config"]!.DeepClone(), "test.keras", LoadOptions.Default);
        return model;
    }
}
