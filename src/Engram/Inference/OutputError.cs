using System.Numerics.Tensors;

namespace Engram.Inference;

/// <summary>How far one output of a quantized model is from that of the model in 32 bits, over all samples and steps.</summary>
/// <param name="Output">Which output: the index in the last axis.</param>
/// <param name="LargestError">The largest absolute difference.</param>
/// <param name="MeanError">The mean absolute difference.</param>
/// <param name="Spread">The standard deviation of the 32-bit output.</param>
public sealed record OutputError(int Output, double LargestError, double MeanError, double Spread)
{
    /// <summary><see cref="LargestError"/> over <see cref="Spread"/>; infinite where an output that never changes is not met.</summary>
    public double RelativeLargestError => Relative(LargestError);

    /// <summary><see cref="MeanError"/> over <see cref="Spread"/>; infinite where an output that never changes is not met.</summary>
    public double RelativeMeanError => Relative(MeanError);

    /// <summary>Compares two outputs of the same shape, column by column.</summary>
    internal static OutputError[] Measure(Tensor<float> exact, Tensor<float> rounded)
    {
        int outputs = checked((int)exact.Lengths[^1]);
        var expected = new float[exact.FlattenedLength];
        var actual = new float[rounded.FlattenedLength];
        exact.FlattenTo(expected);
        rounded.FlattenTo(actual);
        int rows = expected.Length / outputs;
        var errors = new OutputError[outputs];
        for (int output = 0; output < outputs; output++)
        {
            double largest = 0, total = 0, sum = 0, squares = 0;
            for (int at = output; at < expected.Length; at += outputs)
            {
                double error = Math.Abs((double)actual[at] - expected[at]);
                largest = Math.Max(largest, error); // NaN stays
                total += error;
                sum += expected[at];
            }

            double mean = sum / rows;
            for (int at = output; at < expected.Length; at += outputs) { squares += (expected[at] - mean) * (expected[at] - mean); }
            errors[output] = new OutputError(output, largest, total / rows, Math.Sqrt(squares / rows));
        }

        return errors;
    }

    private double Relative(double error) => error == 0 ? 0 : error / Spread;
}
