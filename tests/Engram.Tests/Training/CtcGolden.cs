using Engram.Data;
using Engram.Training;

namespace Engram.Tests.Training;

/// <summary>The golden cases of connectionist temporal classification: the loss with and without lengths, and both decoders.</summary>
internal static class CtcGolden
{
    public static void Check(GoldenCase golden)
    {
        int[] axes = golden.Axes("logits");
        if (golden.Name == "CTC_decode")
        {
            Decode(golden, axes);
            return;
        }

        bool whole = golden.Name == "CTC_layer_default";
        TensorBuffer y = LossGoldenTests.Buffer(golden, "labels"), x = LossGoldenTests.Buffer(golden, "logits"), dx = new(0);
        Mask? mask = null;
        if (!whole)
        {
            mask = new Mask(axes[0], axes[1]);
            double[] lengths = golden.Doubles("output_length"), labels = golden.Doubles("label_length");
            for (int row = 0; row < axes[0]; row++)
            {
                for (int t = 0; t < axes[1]; t++) { mask.Span[(row * axes[1]) + t] = t < lengths[row] ? (byte)1 : (byte)0; }
                Assert.Equal(labels[row], y.Span.Slice(row * y[1], y[1]).ToArray().Count(label => label != 0));
            }
        }

        Loss loss = Loss.Ctc();
        Assert.Equal([axes[0]], loss.ElementAxes(y.Axes, x.Axes));
        var elements = new double[axes[0]];
        loss.Forward(y, x, mask, elements);
        double[] weights = new double[axes[0]];
        Array.Fill(weights, whole ? 1.0 / axes[0] : 1);
        if (whole) { Golden.AssertClose(golden.Doubles("loss"), [elements.Average()], 1e-6, "loss"); }
        else { Golden.AssertClose(golden.Doubles("per_row"), elements, 1e-6, "per_row"); }
        loss.Backward(y, x, mask, weights, dx);
        Golden.AssertClose(golden.Doubles("gradient"), dx.Span, 1e-6, "gradient");
    }

    private static void Decode(GoldenCase golden, int[] axes)
    {
        NumericArray logits = NumericArray.Create(golden.Floats("logits"), axes);
        int[] lengths = [.. golden.Doubles("output_length").Select(length => (int)length)];
        CtcPath[] greedy = CtcDecoder.Greedy(logits, lengths);
        Golden.AssertClose(golden.Doubles("greedy"), Padded(greedy, axes[1]), 0, "greedy");
        Golden.AssertClose(golden.Doubles("greedy_score"), [.. greedy.Select(path => path.Score)], 1e-6, "greedy_score");

        int width = golden.Entry.GetProperty("config").GetProperty("beam_width").GetInt32(), top = golden.Entry.GetProperty("config").GetProperty("top_paths").GetInt32();
        CtcPath[][] beams = CtcDecoder.Beam(logits, width, top, lengths);
        Golden.AssertClose(golden.Doubles("beam"), Padded(Enumerable.Range(0, top).SelectMany(i => beams.Select(paths => paths[i])), axes[1]), 0, "beam");
        Golden.AssertClose(golden.Doubles("beam_score"), [.. beams.SelectMany(paths => paths.Select(path => path.Score))], 1e-6, "beam_score");
    }

    private static double[] Padded(IEnumerable<CtcPath> paths, int time) =>
        [.. paths.SelectMany(path => path.Labels.Select(label => (double)label).Concat(Enumerable.Repeat(-1.0, time - path.Labels.Count)))];
}
