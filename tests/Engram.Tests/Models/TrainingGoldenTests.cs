using System.Text.Json;
using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Tests.Training;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Models;

/// <summary>Whole trainings against Keras: from the same weights, the history of every epoch, the final weights, the predictions.</summary>
public sealed class TrainingGoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void Histories_weights_and_predictions_are_those_of_Keras() => Golden.Run(output, "training", golden =>
    {
        var layers = new List<Layer>();
        JsonElement none = JsonDocument.Parse("{}").RootElement;
        foreach (JsonElement entry in golden.Entry.GetProperty("layers").EnumerateArray())
        {
            layers.Add(LayerFactory.Create(entry.GetProperty("class").GetString()!, entry.GetProperty("config"), none));
        }

        NumericArray x = NumericArray.Create(golden.Floats("x"), golden.Axes("x")), y = NumericArray.Create(golden.Floats("y"), golden.Axes("y"));
        JsonElement fit = golden.Entry.GetProperty("fit"), rule = golden.Entry.GetProperty("optimizer");
        var model = new Sequential([.. layers]);
        Optimizer optimizer = OptimizerGoldenTests.Create(rule.GetProperty("class").GetString()!, rule.GetProperty("config"));
        string[] metrics = [.. golden.Entry.GetProperty("metrics").EnumerateArray().Select(metric => metric.GetString()!)];
        model.Compile(optimizer, Loss(golden.Entry.GetProperty("loss")), [.. metrics.Select(Metric)]);
        model.Build(new Shape(golden.Axes("x")));
        foreach ((string name, Weight weight) in Named(model)) { weight.Value.CopyFrom(golden.Floats(Find(golden, "start.", name))); }

        int batchSize = fit.GetProperty("batch_size").GetInt32();
        History history = model.Fit(x, y, new FitOptions
        {
            Epochs = fit.GetProperty("epochs").GetInt32(),
            BatchSize = batchSize,
            Shuffle = false,
            ValidationSplit = fit.TryGetProperty("validation_split", out JsonElement split) ? split.GetDouble() : 0,
            ClassWeights = fit.TryGetProperty("class_weight", out JsonElement classes)
                ? classes.EnumerateObject().ToDictionary(entry => int.Parse(entry.Name), entry => entry.Value.GetSingle())
                : null,
            SampleWeights = golden.Arrays.Find("sample_weight") is { } weights ? NumericArray.Create(weights.ToFloats(), weights.Shape.Axes) : default,
        });
        foreach (string figure in golden.Arrays.Arrays.Select(array => array.Name).Where(name => name.StartsWith("history.", StringComparison.Ordinal)))
        {
            double[] ours = [.. history[figure["history.".Length..]]];
            Golden.AssertClose(golden.Doubles(figure), ours, Tolerance, figure);
        }

        foreach ((string name, Weight weight) in Named(model))
        {
            Golden.AssertClose(golden.Doubles(Find(golden, "end.", name)), weight.Value.Span, Tolerance, name);
        }

        NumericArray prediction = model.Predict(x, batchSize);
        Golden.AssertClose(golden.Doubles("prediction"), prediction.Span, Tolerance, "prediction");
    });

    private static IEnumerable<(string Name, Weight Weight)> Named(Sequential model) =>
        model.Layers.SelectMany(layer => layer.Weights.Select(weight => ($"{layer.Name}/{weight.Name}", weight)));

    // The file's names begin with that of a model, and a layer's number counts those of its process.
    private static string Find(GoldenCase golden, string prefix, string name)
    {
        string[] candidates = [.. golden.Arrays.Arrays.Select(array => array.Name).Where(entry => entry.StartsWith(prefix, StringComparison.Ordinal))];
        return candidates.SingleOrDefault(entry => entry.EndsWith("/" + name, StringComparison.Ordinal))
            ?? throw new InvalidDataException($"{golden}: no {prefix}*/{name} among {string.Join(", ", candidates)}");
    }

    private static Loss Loss(JsonElement entry) => entry.ValueKind == JsonValueKind.String
        ? entry.GetString() switch
        {
            "mse" => Engram.Training.Loss.MeanSquaredError,
            "mae" => Engram.Training.Loss.MeanAbsoluteError,
            "binary_crossentropy" => Engram.Training.Loss.BinaryCrossentropy(),
            "sparse_categorical_crossentropy" => Engram.Training.Loss.SparseCategoricalCrossentropy(),
            var other => throw new InvalidDataException($"unknown loss {other}"),
        }
        : Engram.Training.Loss.Huber(0.5); // the case has this delta, which Keras leaves out of the loss's configuration

    private static Metric Metric(string name)
    {
        Metric metric = name switch
        {
            "mae" => Metrics.MeanAbsoluteError(),
            "mse" => Metrics.MeanSquaredError(),
            "accuracy" => Metrics.Accuracy(),
            var other => throw new InvalidDataException($"unknown metric {other}"),
        };
        metric.Name = name;
        return metric;
    }
}
