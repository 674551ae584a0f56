using Engram.Cells;
using Engram.Kernels;

namespace Engram.Layers;

/// <content>
/// Gates as the step-by-step form has them: the pass computes all steps at once, from the same ĩ and f̂, and has no i, f and m of its own.
/// </content>
public sealed unsafe partial class MLstm : ITracedLayer
{
    bool ITracedLayer.ReadsBackward => false;

    int ITracedLayer.TracedUnits(LayerCall call) => Units;

    IReadOnlyList<TracedArray> ITracedLayer.Trace(LayerCall call) => call.Saved<Pass>().Trace();

    private sealed partial class Pass
    {
        public IReadOnlyList<TracedArray> Trace()
        {
            int steps = checked(Rows * Steps), units = layer.Units;
            float[] input = new float[steps * layer.heads], forget = new float[steps * layer.heads], stabilizer = new float[steps * layer.heads];
            float[] gate = new float[checked(steps * units)], output = new float[steps * units];
            for (int row = 0; row < Rows; row++)
            {
                for (int head = 0; head < layer.heads; head++) { TraceHead(row, head, input, forget, stabilizer); }
                for (int t = 0; t < Steps; t++)
                {
                    var o = gate.AsSpan(((row * Steps) + t) * units, units);
                    if (!IsData(row, t))
                    {
                        o.Fill(float.NaN);
                        continue; // and puts out zeros
                    }

                    VectorMath.Apply(VectorFunction.Sigmoid, OutputGate(projected, row, t), o);
                    System.Numerics.Tensors.TensorPrimitives.Multiply(o, Hidden(hidden, row, t), output.AsSpan(((row * Steps) + t) * units, units));
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
            double m = double.NegativeInfinity;
            for (int t = 0; t < Steps; t++)
            {
                int at = (((row * Steps) + t) * layer.heads) + head;
                if (!IsData(row, t))
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

        private bool IsData(int row, int t) => call.Mask is null || call.Mask[row, t];
    }
}
