using System.Numerics.Tensors;
using Engram.Cells;
using Engram.Kernels;

namespace Engram.Layers;

/// <content>
/// Gates as the step-by-step form has them: the pass computes all steps at once, from the same ĩ and f̂, and has no i, f and m of its own.
/// </content>
public sealed partial class MLstm : ITracedLayer
{
    bool ITracedLayer.ReadsBackward => GoBackwards;

    int ITracedLayer.TracedUnits(LayerCall call) => Units;

    IReadOnlyList<TracedArray> ITracedLayer.Trace(LayerCall call) => call.Saved<Pass>().Trace();

    private sealed unsafe partial class Pass
    {
        public IReadOnlyList<TracedArray> Trace()
        {
            int steps = checked(Rows * Steps), units = layer.Units;
            float[] input = new float[steps * layer.heads], forget = new float[steps * layer.heads], stabilizer = new float[steps * layer.heads];
            float[] gate = new float[checked(steps * units)], output = new float[steps * units];
            for (int row = 0; row < Rows; row++)
            {
                for (int head = 0; head < layer.heads; head++) { TraceHead(row, head, input, forget, stabilizer); }
                int last = None;
                for (int t = 0; t < Steps; t++)
                {
                    last = Source(row, t, last);
                    Span<float> o = gate.AsSpan(Place(row, t) * units, units), y = output.AsSpan(Place(row, t) * units, units);
                    if (last != None)
                    {
                        VectorMath.Apply(VectorFunction.Sigmoid, OutputGate(projected, row, last), o);
                        TensorPrimitives.Multiply(o, Hidden(hidden, row, last), y);
                    }

                    if (last != t) { o.Fill(float.NaN); }
                }
            }

            return
            [
                new(TracedNames.InputGate, layer.heads, input), new(TracedNames.ForgetGate, layer.heads, forget),
                new(TracedNames.OutputGate, units, gate), new(TracedNames.StabilizerState, layer.heads, stabilizer),
                new(TracedNames.HiddenState, units, output),
            ];
        }

        // m = max(ln σ(f̂) + m', ĩ)    i = exp(ĩ - m)    f = exp(ln σ(f̂) + m' - m)
        private void TraceHead(int row, int head, float[] input, float[] forget, float[] stabilizer)
        {
            double m = hasStart ? start[2].Span[(row * layer.heads) + head] : double.NegativeInfinity;
            for (int t = 0; t < Steps; t++)
            {
                int at = (Place(row, t) * layer.heads) + head;
                if (mask is not null && !mask[row, t])
                {
                    (input[at], forget[at], stabilizer[at]) = (float.NaN, float.NaN, (float)m);
                    continue;
                }

                ReadOnlySpan<float> z = projected.Span.Slice(((row * Steps) + t) * layer.Width, layer.Width);
                double i = z[(4 * layer.Units) + head], f = z[(4 * layer.Units) + layer.heads + head];
                double carried = Math.Min(f, 0) - Math.Log(1 + Math.Exp(-Math.Abs(f))) + m;
                m = Math.Max(carried, i);
                (input[at], forget[at], stabilizer[at]) = ((float)Math.Exp(i - m), (float)Math.Exp(carried - m), (float)m);
            }
        }

        // Where, in the order of time, a step stands that was read as the t-th.
        private int Place(int row, int t) => (row * Steps) + (layer.GoBackwards ? Steps - 1 - t : t);
    }
}
