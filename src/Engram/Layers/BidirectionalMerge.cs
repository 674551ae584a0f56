namespace Engram.Layers;

/// <summary>
/// Merging the outputs of two directions and its derivative. With sequences, step t of the merged output takes step t of the forward
/// and step T - 1 - t of the backward output.
/// </summary>
internal static class BidirectionalMerge
{
    /// <summary>
    /// concat: y = [f, b]; sum: f + b; mul: f b; ave: (f + b) / 2; none: f and b. f: (batch, [time,] unitsF), b: (batch, [time,] unitsB).
    /// </summary>
    internal static void Forward(
        MergeMode mode, bool sequences, TensorBuffer forward, TensorBuffer backward, IReadOnlyList<TensorBuffer> outputs)
    {
        (int rows, int steps) = Steps(forward, sequences);
        for (int row = 0; row < rows; row++)
        {
            for (int t = 0; t < steps; t++)
            {
                ReadOnlySpan<float> f = At(forward, row, t, steps);
                ReadOnlySpan<float> b = At(backward, row, steps - 1 - t, steps);
                Span<float> y = At(outputs[0], row, t, steps);
                switch (mode)
                {
                    case MergeMode.Concat:
                        f.CopyTo(y);
                        b.CopyTo(y[f.Length..]);
                        break;
                    case MergeMode.Sum:
                        for (int u = 0; u < y.Length; u++) { y[u] = f[u] + b[u]; }
                        break;
                    case MergeMode.Multiply:
                        for (int u = 0; u < y.Length; u++) { y[u] = f[u] * b[u]; }
                        break;
                    case MergeMode.Average:
                        for (int u = 0; u < y.Length; u++) { y[u] = (f[u] + b[u]) / 2; }
                        break;
                    default:
                        f.CopyTo(y);
                        b.CopyTo(At(outputs[1], row, t, steps));
                        break;
                }
            }
        }
    }

    /// <summary>concat: df, db = dy; sum: df = db = dy; mul: df = dy b, db = dy f; ave: df = db = dy / 2; none: each its own.</summary>
    internal static void Backward(
        MergeMode mode, bool sequences, TensorBuffer forward, TensorBuffer backward, IReadOnlyList<TensorBuffer> outputGradients,
        TensorBuffer dForward, TensorBuffer dBackward)
    {
        (int rows, int steps) = Steps(forward, sequences);
        for (int row = 0; row < rows; row++)
        {
            for (int t = 0; t < steps; t++)
            {
                ReadOnlySpan<float> f = At(forward, row, t, steps);
                ReadOnlySpan<float> b = At(backward, row, steps - 1 - t, steps);
                ReadOnlySpan<float> dy = At(outputGradients[0], row, t, steps);
                Span<float> df = At(dForward, row, t, steps);
                Span<float> db = At(dBackward, row, steps - 1 - t, steps);
                switch (mode)
                {
                    case MergeMode.Concat:
                        dy[..df.Length].CopyTo(df);
                        dy[df.Length..].CopyTo(db);
                        break;
                    case MergeMode.Sum:
                        dy.CopyTo(df);
                        dy.CopyTo(db);
                        break;
                    case MergeMode.Multiply:
                        for (int u = 0; u < dy.Length; u++) { (df[u], db[u]) = (dy[u] * b[u], dy[u] * f[u]); }
                        break;
                    case MergeMode.Average:
                        for (int u = 0; u < dy.Length; u++) { df[u] = db[u] = dy[u] / 2; }
                        break;
                    default:
                        dy.CopyTo(df);
                        At(outputGradients[1], row, t, steps).CopyTo(db);
                        break;
                }
            }
        }
    }

    private static (int Rows, int Steps) Steps(TensorBuffer output, bool sequences) => (output[0], sequences ? output[1] : 1);

    private static Span<float> At(TensorBuffer buffer, int row, int step, int steps) =>
        buffer.Span.Slice(((row * steps) + step) * buffer[^1], buffer[^1]);
}
