using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Inspection;

/// <summary>
/// How much of a loss's gradient reaches each step of a recurrent layer: ||dL/dh_t|| for t = 0 to T - 1, where L is the loss of one row,
/// the norm is the Euclidean one over the units, and rows are averaged. dL/dh_t is the total derivative: what the layer's output at step t
/// does to the loss by itself and through every later step. Where it falls towards the start of the sequence, what was read
/// there cannot be learnt: the vanishing gradient (Hochreiter 1991; Bengio, Simard and Frasconi 1994).
/// </summary>
/// <remarks>
/// The layer runs one step at a time, each step's states handed to the next as its initial states; going back, the gradient with respect to
/// them is read off between two steps. So the figures are those of backpropagation through time, to rounding. Dropout does not act.
/// </remarks>
public sealed class GradientFlow
{
    private readonly double[] hidden;
    private readonly double[] cell;

    private GradientFlow(double[] hidden, double[] cell)
    {
        this.hidden = hidden;
        this.cell = cell;
    }

    /// <summary>The mean over the rows of ||dL/dh_t||, in the order in which the layer reads the steps.</summary>
    public IReadOnlyList<double> Hidden => hidden;

    /// <summary>
    /// For an LSTM the mean over the rows of ||dL/dc_t||, with h_t held: what goes through the cell alone, the "constant error carousel"
    /// (Hochreiter and Schmidhuber 1997). At the last step it is 0, since that cell state speaks through h alone. Empty for other layers.
    /// </summary>
    public IReadOnlyList<double> Cell => cell;

    /// <summary>
    /// Measures the last recurrent layer of a model. L is the loss of one row; the layers before and after it take part as in prediction.
    /// </summary>
    /// <param name="model">The model; it is built when it is not yet. Its weights and their gradients stay as they are.</param>
    /// <param name="x">The inputs: (rows, timeSteps, features), or what the first layer takes.</param>
    /// <param name="y">The targets: (rows, ...).</param>
    /// <param name="loss">The loss.</param>
    /// <exception cref="EngramException">The model has no recurrent layer, shapes do not fit, or steps are masked.</exception>
    public static GradientFlow Measure(Sequential model, NumericArray x, NumericArray y, Loss loss)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        if (x.Count == 0 || y.Count != x.Count) { throw new EngramException($"There must be rows, and one target for each: x has {x.Count}, y has {y.Count}."); }
        model.Build(new Shape(x.Axes));
        int measured = -1;
        for (int i = 0; i < model.Layers.Count; i++)
        {
            if (model.Layers[i] is Recurrent) { measured = i; }
        }

        if (measured < 0) { throw new EngramException($"{model.Name} has no Lstm, Gru or SimpleRnn whose gradient could be measured."); }

        LayerCall[] calls = [.. model.Layers.Select(layer => new LayerCall(layer) { KeepForBackward = true })];
        TensorBuffer current = Buffer(x);
        for (int i = 0; i < calls.Length; i++)
        {
            calls[i].Forward(current);
            if (calls[i].Layer.OutputMask(calls[i], 0) is not null) { throw new EngramException($"{model.Layers[i].Name} masks steps; the gradient's way is measured for sequences of full length only."); }
            current = calls[i].Output;
        }

        TensorBuffer target = Buffer(y);
        double[] ones = new double[new Shape(loss.ElementAxes(target.Axes, current.Axes)).Count];
        Array.Fill(ones, 1);
        loss.Backward(target, current, ones, calls[^1].PrepareOutputGradients()[0]);
        float[][] kept = [.. model.Weights.Select(weight => weight.Gradient.Span.ToArray())];
        for (int i = calls.Length - 1; i > measured; i--) { calls[i].Backward(calls[i - 1].PrepareOutputGradients()[0]); }
        for (int i = 0; i < kept.Length; i++) { model.Weights[i].Gradient.CopyFrom(kept[i]); }
        return Measure((Recurrent)calls[measured].Layer, calls[measured].Input, calls[measured].OutputGradient);
    }

    /// <summary>Measures one layer.</summary>
    /// <param name="layer">The layer, built. It is not changed.</param>
    /// <param name="x">What it reads: (rows, timeSteps, features).</param>
    /// <param name="outputGradient">
    /// dL/dh by itself, without later steps, of the layer's output: (rows, units), or (rows, timeSteps, units) where the layer returns sequences.
    /// </param>
    /// <exception cref="EngramException">The layer is not built, or shapes do not fit it.</exception>
    public static GradientFlow Measure(Recurrent layer, NumericArray x, NumericArray outputGradient)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (!layer.IsBuilt) { throw new EngramException($"{layer.DisplayName} has no weights yet; build it first."); }
        Shape output = layer.OutputShape(new Shape(x.Axes));
        if (!output.Accepts(outputGradient.Axes)) { throw new EngramException($"{layer.DisplayName}: expected an output gradient of shape {output}, got {Shape.Format(outputGradient.Axes)}."); }
        return Measure(layer, Buffer(x), Buffer(outputGradient));
    }

    private static GradientFlow Measure(Recurrent layer, TensorBuffer x, TensorBuffer outputGradient)
    {
        (int rows, int steps, int features) = (x[0], x[1], x[2]);
        int states = layer.StateCount;
        Recurrent step = OneStep(layer, rows, features);
        var calls = new LayerCall[steps];
        TensorBuffer[] before = [.. Enumerable.Range(0, states).Select(_ => new TensorBuffer(rows, layer.Units))];
        for (int t = 0; t < steps; t++)
        {
            var xt = new TensorBuffer(rows, 1, features);
            int at = layer.GoBackwards ? steps - 1 - t : t;
            for (int row = 0; row < rows; row++) { x.Span.Slice(((row * steps) + at) * features, features).CopyTo(xt.Span[(row * features)..]); }
            calls[t] = new LayerCall(step) { KeepForBackward = true };
            calls[t].Forward([xt, .. before]);
            before = [.. calls[t].Outputs.Skip(1)];
        }

        var hidden = new double[steps];
        var cell = new double[states == 2 ? steps : 0];
        TensorBuffer[] later = [.. Enumerable.Range(0, states).Select(_ => new TensorBuffer(rows, layer.Units))]; // through later steps
        for (int t = steps - 1; t >= 0; t--)
        {
            IReadOnlyList<TensorBuffer> d = calls[t].PrepareOutputGradients();
            CopyOutputGradient(outputGradient, layer.ReturnSequences ? t : t == steps - 1 ? 0 : -1, d[0]);
            for (int state = 0; state < states; state++) { d[1 + state].CopyFrom(later[state].Span); }
            hidden[t] = MeanNorm(d[0].Span, d[1].Span, layer.Units);
            if (states == 2) { cell[t] = MeanNorm(d[2].Span, [], layer.Units); }
            calls[t].Backward([null, .. later]);
        }

        return new GradientFlow(hidden, cell);
    }

    /// <summary>The same weights in a layer that takes one step and returns its states.</summary>
    private static Recurrent OneStep(Recurrent layer, int rows, int features)
    {
        Recurrent step = layer switch
        {
            Lstm lstm => new Lstm(lstm.Units) { Activation = lstm.Activation, RecurrentActivation = lstm.RecurrentActivation, UseBias = lstm.UseBias, ReturnState = true },
            Gru gru => new Gru(gru.Units) { Activation = gru.Activation, RecurrentActivation = gru.RecurrentActivation, ResetAfter = gru.ResetAfter, UseBias = gru.UseBias, ReturnState = true },
            SimpleRnn rnn => new SimpleRnn(rnn.Units) { Activation = rnn.Activation, UseBias = rnn.UseBias, ReturnState = true },
            _ => throw new EngramException($"{layer.DisplayName} is a {layer.Kind}; the gradient's way is measured through Lstm, Gru and SimpleRnn."),
        };
        step.Build([new Shape(rows, 1, features)], new RandomKey(0));
        for (int i = 0; i < step.Weights.Count; i++) { step.Weights[i].Value.CopyFrom(layer.Weights[i].Value.Span); }
        return step;
    }

    /// <summary>The gradient of one step's output; zeros for step -1.</summary>
    private static void CopyOutputGradient(TensorBuffer all, int step, TensorBuffer one)
    {
        if (step < 0)
        {
            one.Clear();
            return;
        }

        int units = one[^1];
        int stride = all.Length / all[0];
        for (int row = 0; row < one[0]; row++) { all.Span.Slice((row * stride) + (step * units), units).CopyTo(one.Span[(row * units)..]); }
    }

    private static double MeanNorm(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int units)
    {
        double sum = 0;
        for (int start = 0; start < a.Length; start += units)
        {
            double squares = 0;
            for (int i = start; i < start + units; i++)
            {
                double value = b.IsEmpty ? a[i] : (double)a[i] + b[i];
                squares += value * value;
            }

            sum += Math.Sqrt(squares);
        }

        return sum / (a.Length / units);
    }

    private static TensorBuffer Buffer(NumericArray values)
    {
        var buffer = new TensorBuffer(values.Axes);
        buffer.CopyFrom(values.Span);
        return buffer;
    }
}
