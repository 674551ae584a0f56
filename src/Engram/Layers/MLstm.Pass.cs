using System.Numerics.Tensors;
using Engram.Cells;
using Engram.Kernels;

namespace Engram.Layers;

/// <content>Forward and backward.</content>
public sealed partial class MLstm
{
    /// <summary>One use of the layer: a head of a sequence is a piece of work by itself.</summary>
    private sealed unsafe partial class Pass : IShardWork
    {
        private const int None = -1; // no step: a zero is put out

        private readonly TensorBuffer projected = new(0), dProjected = new(0), hidden = new(0), dHidden = new(0);
        private readonly TensorBuffer turned = new(0), dTurned = new(0);
        private readonly TensorBuffer[] start = [new(0), new(0), new(0)];
        private readonly DenseProduct project = new();
        private readonly Mask turnedMask = new(0, 0);
        private MLstm layer = null!;
        private LayerCall call = null!;
        private Mask? mask;
        private TensorBuffer[]? carried;
        private bool hasStart, backward;
        private DenseArrays arrays;

        private int Rows => call.Input[0];

        private int Steps => call.Input[1];

        public void Forward(MLstm layer, LayerCall call, TensorBuffer[]? carried)
        {
            (this.layer, this.call, this.carried, backward) = (layer, call, carried, false);
            Prepare();
            project.Forward(arrays);
            Run();
            for (int row = 0; row < Rows; row++) { WriteOutput(row); }
        }

        public void Backward(MLstm layer, LayerCall call)
        {
            (this.layer, this.call, backward) = (layer, call, true);
            dProjected.Resize(arrays.Rows, layer.Width);
            dHidden.Resize(arrays.Rows, layer.Units);
            arrays.DY = arrays.DZ = dProjected.Pointer;
            TensorBuffer? dx = call.InputGradient is not null && layer.GoBackwards ? dTurned : call.InputGradient;
            dx?.Resize(call.Input.Axes);
            arrays.DX = dx is null ? null : dx.Pointer;
            arrays.DKernel = layer.kernel!.Gradient.Pointer;
            arrays.DBias = layer.bias!.Gradient.Pointer;
            for (int row = 0; row < Rows; row++) { GateGradients(row); }
            Run();
            project.Backward(arrays);
            if (layer.GoBackwards && call.InputGradient is { } target) { Turn(dTurned, target); }
        }

        private void Prepare()
        {
            TensorBuffer x = call.Input;
            mask = call.Mask;
            if (layer.GoBackwards)
            {
                turned.Resize(x.Axes);
                Turn(x, turned);
                x = turned;
                if (mask is not null) { mask = Turned(mask); }
            }

            // What a stateful layer carries is replaced by this pass, and its way back needs what was there.
            hasStart = call.Inputs.Count > 1 || carried is not null;
            for (int k = 0; hasStart && k < start.Length; k++)
            {
                TensorBuffer given = call.Inputs.Count > 1 ? call.Inputs[k + 1] : carried![k];
                start[k].Resize(given.Axes);
                start[k].CopyFrom(given.Span);
            }

            int count = checked(x[0] * x[1]);
            projected.Resize(count, layer.Width);
            hidden.Resize(count, layer.Units);
            arrays = new DenseArrays
            {
                Rows = count,
                Features = x[2],
                Units = layer.Width,
                Outputs = layer.Width,
                X = x.Pointer,
                Kernel = layer.kernel!.Value.Pointer,
                Bias = layer.bias!.Value.Pointer,
                Z = projected.Pointer,
                Y = projected.Pointer,
            };
        }

        private void Run() => Workers.Run(this, Rows * layer.heads, (backward ? 5L : 2L) * Rows * Steps * Steps * layer.Units);

        void IShardWork.Run(int shard)
        {
            (int row, int head) = Math.DivRem(shard, layer.heads);
            int units = layer.Units, width = units / layer.heads;
            nint first = (nint)row * Steps;
            float* p = projected.Pointer + (first * layer.Width);
            var a = new MLstmArrays
            {
                Steps = Steps,
                Width = width,
                Stride = layer.Width,
                HStride = units,
                Q = p + (head * width),
                K = p + units + (head * width),
                V = p + (2 * units) + (head * width),
                Input = p + (4 * units) + head,
                Forget = p + (4 * units) + layer.heads + head,
                H = hidden.Pointer + (first * units) + (head * width),
            };
            if (hasStart)
            {
                a.InitialMemory = OfHead(start[0], shard);
                a.InitialNormalizer = OfHead(start[1], shard);
                a.InitialStabilizer = OfHead(start[2], shard);
            }

            fixed (byte* valid = mask is null ? default : mask.Span)
            {
                a.Mask = valid is null ? null : valid + first;
                if (backward) { RunBackward(a, shard, head, first); }
                else { RunForward(a, shard); }
            }
        }

        private void RunForward(MLstmArrays a, int shard)
        {
            if (layer.ReturnState || carried is not null)
            {
                a.FinalMemory = OfHead(carried?[0] ?? call.Outputs[1], shard);
                a.FinalNormalizer = OfHead(carried?[1] ?? call.Outputs[2], shard);
                a.FinalStabilizer = OfHead(carried?[2] ?? call.Outputs[3], shard);
            }

            MLstmHead.Forward(a);
            for (int k = 0; layer.ReturnState && carried is not null && k < start.Length; k++)
            {
                int length = carried[k].Length / (Rows * layer.heads);
                carried[k].Span.Slice(shard * length, length).CopyTo(call.Outputs[k + 1].Span[(shard * length)..]);
            }
        }

        private void RunBackward(MLstmArrays a, int shard, int head, nint first)
        {
            int units = layer.Units;
            float* dp = dProjected.Pointer + (first * layer.Width);
            a.DH = dHidden.Pointer + (first * units) + (head * a.Width);
            a.DQ = dp + (head * a.Width);
            a.DK = a.DQ + units;
            a.DV = a.DK + units;
            a.DInput = dp + (4 * units) + head;
            a.DForget = a.DInput + layer.heads;
            if (layer.ReturnState)
            {
                a.DFinalMemory = OfHead(call.OutputGradients[1], shard);
                a.DFinalNormalizer = OfHead(call.OutputGradients[2], shard);
                a.DFinalStabilizer = OfHead(call.OutputGradients[3], shard);
            }

            if (call.Inputs.Count > 1)
            {
                a.DInitialMemory = OfHead(call.InputGradients[1], shard);
                a.DInitialNormalizer = OfHead(call.InputGradients[2], shard);
                a.DInitialStabilizer = OfHead(call.InputGradients[3], shard);
            }

            MLstmHead.Backward(a);
        }

        // A state of a head of a row; heads lie one after the other.
        private float* OfHead(TensorBuffer? states, int shard) =>
            states is null ? null : states.Pointer + ((nint)shard * (states.Length / (Rows * layer.heads)));

        // y = σ(ô) ∘ h; a masked step puts out what the last one before it that is data did (zero where there is none), or zero.
        private void WriteOutput(int row)
        {
            int last = None;
            for (int t = 0; t < Steps; t++)
            {
                last = Source(row, t, last);
                if (!layer.ReturnSequences && t < Steps - 1) { continue; }
                Span<float> y = Output(call.Output, row, t);
                if (last == None)
                {
                    y.Clear();
                    continue;
                }

                VectorMath.Apply(VectorFunction.Sigmoid, OutputGate(projected, row, last), y);
                TensorPrimitives.Multiply(y, Hidden(hidden, row, last), y);
            }
        }

        // dh = dy ∘ σ(ô), dô = dy ∘ h ∘ σ'(ô), with dy the sum over all steps that put the step out.
        private void GateGradients(int row)
        {
            dHidden.Span.Slice(row * Steps * layer.Units, Steps * layer.Units).Clear();
            int last = None;
            for (int t = 0; t < Steps; t++)
            {
                last = Source(row, t, last);
                OutputGate(dProjected, row, t).Clear();
                if (last == None || (!layer.ReturnSequences && t < Steps - 1)) { continue; }
                Span<float> dh = Hidden(dHidden, row, last);
                TensorPrimitives.Add(dh, Output(call.OutputGradient, row, t), dh);
            }

            for (int t = 0; t < Steps; t++)
            {
                if ((!layer.ReturnSequences && t != last) || (mask is not null && !mask[row, t])) { continue; }
                Span<float> dh = Hidden(dHidden, row, t), dGate = OutputGate(dProjected, row, t);
                ReadOnlySpan<float> h = Hidden(hidden, row, t);
                VectorMath.Apply(VectorFunction.Sigmoid, OutputGate(projected, row, t), dGate);
                for (int u = 0; u < dh.Length; u++)
                {
                    float gate = dGate[u], dy = dh[u];
                    dGate[u] = dy * h[u] * gate * (1 - gate);
                    dh[u] = dy * gate;
                }
            }
        }

        // Which step's output stands at a step, given the one before it.
        private int Source(int row, int t, int last) =>
            mask is null || mask[row, t] ? t : layer.ZeroOutputForMask ? None : last;

        private Span<float> Output(TensorBuffer output, int row, int t) => layer.ReturnSequences
            ? Hidden(output, row, t)
            : output.Span.Slice(row * layer.Units, layer.Units);

        private Span<float> Hidden(TensorBuffer buffer, int row, int t) => buffer.Span.Slice(((row * Steps) + t) * layer.Units, layer.Units);

        private Span<float> OutputGate(TensorBuffer buffer, int row, int t) =>
            buffer.Span.Slice((((row * Steps) + t) * layer.Width) + (3 * layer.Units), layer.Units);

        // The steps of each row in the other order.
        private void Turn(TensorBuffer from, TensorBuffer to)
        {
            int width = from[2];
            for (int row = 0; row < Rows; row++)
            {
                for (int t = 0; t < Steps; t++)
                {
                    from.Span.Slice(((row * Steps) + t) * width, width).CopyTo(to.Span[(((row * Steps) + Steps - 1 - t) * width)..]);
                }
            }
        }

        private Mask Turned(Mask given)
        {
            turnedMask.Resize(Rows, Steps);
            given.Span.CopyTo(turnedMask.Span);
            for (int row = 0; row < Rows; row++) { turnedMask.Span.Slice(row * Steps, Steps).Reverse(); }
            return turnedMask;
        }
    }
}
