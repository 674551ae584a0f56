using System.ComponentModel;
using System.Numerics.Tensors;
using Engram.Data;
using Engram.Layers;
using Engram.Training;

namespace Engram.Inference;

/// <summary>
/// A model with its weights in 16 or 8 bits, for inference: smaller, and faster where reading the weights is what takes the time. Biases,
/// states and everything between products stay 32-bit floats. Made by <see cref="Models.Sequential.Quantize(WeightType, NumericArray, ReadOnlySpan{string})"/>,
/// which measures what it costs in accuracy.
/// <code>
/// QuantizedModel small = model.Quantize(WeightType.Int8, x);
/// Console.WriteLine(small.Report);
/// using LstmSession session = small.OpenSession();
/// </code>
/// It cannot be trained, and keeps the weights that the model had when it was made. Outputs have the same bits on any number of threads and
/// any instruction set. Any number of threads may use it at once.
/// </summary>
/// <remarks>
/// With <see cref="WeightType.Bfloat16"/> each weight of a matrix is rounded to the nearest bfloat16, ties to even; the outputs are those of
/// the 32-bit model with these weights, to the last bit. With <see cref="WeightType.Int8"/>, for a product of rows A (inputs or states) with a matrix B:
/// <code>
/// t_j = max |B[k, j]| / 127     Q[k, j] = round(B[k, j] / t_j)      one scale for each column: each unit of each gate
/// s_i = max |A[i, k]| / 127     P[i, k] = round(A[i, k] / s_i)      one scale for each row, at each step
/// (A B)[i, j] ≈ s_i t_j Σ P[i, k] Q[k, j]                           summed in 32-bit whole numbers
/// </code>
/// </remarks>
public sealed class QuantizedModel
{
    private const string NotTrainable =
        "A quantized model cannot be trained: its weights are rounded. Train the model that it was made of and quantize that again.";

    private readonly StepwisePredictor predictor;

    internal QuantizedModel(
        IReadOnlyList<Layer> layers, Shape inputShape, WeightType type, ISampleSource samples, ReadOnlySpan<string> keepFloat)
    {
        if (type is not (WeightType.Bfloat16 or WeightType.Int8))
        {
            throw new ArgumentOutOfRangeException(nameof(type), type, "Weights can be quantized to Bfloat16 or Int8.");
        }

        if (samples.Count == 0) { throw new EngramException("There are no samples; the error of a quantized model is measured on at least one."); }
        WeightType = type;
        QuantizedLayer[] table = QuantizedLayer.Choose(layers, type, keepFloat);
        WeightType Chosen(Layer layer) => table.First(row => row.Name == layer.Name).WeightType;
        Shape output = inputShape;
        foreach (Layer layer in layers) { output = layer.OutputShape(output); }
        bool eachStep = output.Rank == 3;
        bool numbers = SessionStage.TakesNumbers(layers, inputShape);
        int features = SessionStage.InputWidth(layers, inputShape);
        predictor = new StepwisePredictor(SessionStage.CreateAll(layers, features, Chosen), features, eachStep, numbers);
        var exact = new StepwisePredictor(SessionStage.CreateAll(layers, features, _ => WeightType.Float32), features, eachStep, numbers);
        Report = new QuantizationReport(type, table, OutputError.Measure(exact.Predict(samples, 256), predictor.Predict(samples, 256)));
    }

    /// <summary>How the weights are stored; layers that stay in 32 bits are listed in <see cref="Report"/>.</summary>
    public WeightType WeightType { get; }

    /// <summary>What it saves and what it costs: bytes before and after, and the error against 32-bit floats.</summary>
    public QuantizationReport Report { get; }

    /// <summary>The model's output for arrays, each sequence from states of zero.</summary>
    /// <param name="x">The inputs: (samples, timeSteps, features).</param>
    /// <param name="batchSize">How many samples are computed at once; changes no result. Default 256.</param>
    /// <returns>(samples, ...), the last layer's output.</returns>
    /// <exception cref="EngramException">Shapes do not fit, or a number is not finite.</exception>
    public Tensor<float> Predict(NumericArray x, int batchSize = 256) => Predict(new ArraySamples(x), batchSize);

    /// <summary>The model's output for a source of samples, each sequence from states of zero; targets are not read.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="batchSize">How many samples are computed at once; changes no result. Default 256.</param>
    /// <returns>(samples, ...), the last layer's output.</returns>
    /// <exception cref="EngramException">Shapes do not fit, or a number is not finite.</exception>
    public Tensor<float> Predict(ISampleSource samples, int batchSize = 256)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return predictor.Predict(samples, batchSize);
    }

    /// <summary>Opens a session that runs the model one time step at a time and keeps its states; outputs equal those of
    /// <see cref="Predict(NumericArray, int)"/> to the last bit.</summary>
    /// <param name="rows">How many sequences run side by side. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is below 1.</exception>
    public LstmSession OpenSession(int rows = 1) => predictor.OpenSession(rows);

    /// <summary>Refused: a quantized model cannot be trained.</summary>
    /// <exception cref="InvalidOperationException">Always.</exception>
    [Obsolete(NotTrainable, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void Compile(Optimizer optimizer, Loss loss, params ReadOnlySpan<Metric> metrics) => throw new InvalidOperationException(NotTrainable);

    /// <summary>Refused: a quantized model cannot be trained.</summary>
    /// <exception cref="InvalidOperationException">Always.</exception>
    [Obsolete(NotTrainable, error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public History Fit(NumericArray x, NumericArray y, FitOptions? options = null) => throw new InvalidOperationException(NotTrainable);
}
