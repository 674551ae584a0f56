using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// The pass of a convolutional LSTM over a batch of sequences, forward and back; the formulas stand at <see cref="ConvLstm"/>. The inputs of
/// all steps are convolved at once; then a sample runs through all its steps on one core, for samples never meet in the recurrence.
/// Within a step each gate is an array (places, filters) by itself, so that everything but the convolutions is element by element.
/// </summary>
internal sealed unsafe partial class ConvLstmPass : IShardWork
{
    private const int Gates = 4;
    private const int WorkSlots = 5 + Gates;

    private readonly ConvolutionProduct input = new();
    private readonly ConvolutionProduct recurrent = new();
    private readonly TensorBuffer droppedInput = new(0), inputFactors = new(0), hiddenFactors = new(0);
    private readonly TensorBuffer z = new(0); // (samples, steps, places, 4 filters); in backward dz
    private readonly TensorBuffer preActivations = new(0); // (slots, 4, places, filters), where a derivative needs them
    private readonly TensorBuffer gates = new(0); // (slots, 4, places, filters): i, f, g, o
    private readonly TensorBuffer hiddenBefore = new(0), cellBefore = new(0), cellOut = new(0); // (slots, places, filters): h', c', act(c)
    private readonly TensorBuffer work = new(0); // (samples, slots, places, filters): h, c; dh, dc, what is repeated, the gates' gradients
    private ConvLstmArrays arrays;
    private bool backward;

    private int Places => arrays.Recurrent.Places;

    // The length of a state, and of a gate, of one sample.
    private int Width => Places * arrays.Filters;

    private bool KeepsPreActivations => arrays.Activation.DerivativeNeedsInput || arrays.RecurrentActivation.DerivativeNeedsInput;

    private long RecurrentOperations => (long)arrays.Samples * arrays.Steps * arrays.Recurrent.Taps * arrays.Filters * Gates * Width;

    /// <summary>Computes the outputs and the last states.</summary>
    public void Forward(in ConvLstmArrays given)
    {
        arrays = given;
        int steps = arrays.Samples * arrays.Steps;
        int slots = arrays.Keep ? steps : arrays.Samples;
        z.Resize(steps, Places, Gates * arrays.Filters);
        if (KeepsPreActivations) { preActivations.Resize(slots, Gates, Width); }
        gates.Resize(slots, Gates, Width);
        hiddenBefore.Resize(slots, Width);
        cellBefore.Resize(slots, Width);
        cellOut.Resize(slots, Width);
        work.Resize(arrays.Samples, WorkSlots, Width);
        Drop();

        input.Forward(InputArrays());
        recurrent.PackForward(RecurrentArrays());
        backward = false;
        Workers.Run(this, arrays.Samples, RecurrentOperations);
    }

    /// <summary>Overwrites the gradients of the inputs and adds to those of the weights; the arrays are those of forward with their gradients.</summary>
    public void Backward(in ConvLstmArrays given)
    {
        arrays = given;
        ConvolutionArrays recurrentArrays = RecurrentArrays();
        recurrent.PackBackward(recurrentArrays);
        backward = true;
        Workers.Run(this, arrays.Samples, RecurrentOperations);
        recurrent.WeightGradient(recurrentArrays);

        ConvolutionArrays inputArrays = InputArrays();
        input.WeightGradient(inputArrays);
        if (arrays.DX is null) { return; }
        input.InputGradient(inputArrays);
        if (arrays.Dropout > 0) { MultiplyByFactors(arrays.DX, arrays.DX); }
    }

    void IShardWork.Run(int sample)
    {
        if (backward) { BackwardSample(sample); }
        else { ForwardSample(sample); }
    }

    private void ForwardSample(int sample)
    {
        Span<float> h = Work(sample, 0);
        Span<float> c = Work(sample, 1);
        Load(arrays.InitialHidden, sample, h);
        Load(arrays.InitialCell, sample, c);
        for (int step = 0; step < arrays.Steps; step++)
        {
            int time = TimeOf(step);
            Span<float> before = Slot(hiddenBefore, sample, time, 1);
            if (arrays.RecurrentDropout > 0) { TensorPrimitives.Multiply(h, HiddenFactors(sample), before); }
            else { h.CopyTo(before); }
            c.CopyTo(Slot(cellBefore, sample, time, 1));
            bool isData = arrays.Mask is null || arrays.Mask[sample, time];
            if (isData) { ForwardStep(sample, time, h, c); }
            WriteOutput(sample, step, isData, h);
        }

        Store(h, arrays.FinalHidden, sample);
        Store(c, arrays.FinalCell, sample);
        Store(h, arrays.CarriedHidden, sample);
        Store(c, arrays.CarriedCell, sample);
    }

    private void ForwardStep(int sample, int time, Span<float> h, Span<float> c)
    {
        float* source = Z(sample, time);
        recurrent.ForwardRows(Address(hiddenBefore, sample, time), source, 0, Places, accumulate: true);
        Span<float> ifgo = Slot(gates, sample, time, Gates);
        Span<float> pre = KeepsPreActivations ? Slot(preActivations, sample, time, Gates) : ifgo;
        int filters = arrays.Filters;
        for (int place = 0; place < Places; place++)
        {
            for (int gate = 0; gate < Gates; gate++, source += filters)
            {
                new ReadOnlySpan<float>(source, filters).CopyTo(pre.Slice((gate * Width) + (place * filters), filters));
            }
        }

        arrays.RecurrentActivation.Forward(pre[..(2 * Width)], ifgo[..(2 * Width)], filters);
        arrays.Activation.Forward(Gate(pre, 2), Gate(ifgo, 2), filters);
        arrays.RecurrentActivation.Forward(Gate(pre, 3), Gate(ifgo, 3), filters);

        // c = f c' + i g, h = o act(c)
        Span<float> a = Slot(cellOut, sample, time, 1);
        TensorPrimitives.Multiply(Gate(ifgo, 0), Gate(ifgo, 2), a);
        TensorPrimitives.FusedMultiplyAdd(Gate(ifgo, 1), c, a, c);
        arrays.Activation.Forward(c, a, filters);
        TensorPrimitives.Multiply(Gate(ifgo, 3), a, h);
    }

    // A masked step keeps the states; its output is the output before it, zero before the first, or zero.
    private void WriteOutput(int sample, int step, bool isData, ReadOnlySpan<float> h)
    {
        Span<float> y = Output(arrays.Output, sample, step);
        if (isData) { h.CopyTo(y); }
        else if (arrays.ZeroOutputForMask || step == 0) { y.Clear(); }
        else if (arrays.ReturnSequences) { Output(arrays.Output, sample, step - 1).CopyTo(y); }
    }

    private void BackwardSample(int sample)
    {
        Span<float> dh = Work(sample, 2);
        Span<float> dc = Work(sample, 3);
        Span<float> repeated = Work(sample, 4); // what later masked steps repeat of an output
        Load(arrays.DFinalHidden, sample, dh);
        Load(arrays.DFinalCell, sample, dc);
        repeated.Clear();
        for (int step = arrays.Steps - 1; step >= 0; step--)
        {
            int time = TimeOf(step);
            if (arrays.ReturnSequences || step == arrays.Steps - 1)
            {
                Span<float> dy = Output(arrays.DOutput, sample, step);
                TensorPrimitives.Add(repeated, dy, repeated);
            }

            if (arrays.Mask is not null && !arrays.Mask[sample, time])
            {
                new Span<float>(Z(sample, time), Gates * Width).Clear();
                if (arrays.ZeroOutputForMask) { repeated.Clear(); }
                continue;
            }

            TensorPrimitives.Add(dh, repeated, dh);
            repeated.Clear();
            BackwardStep(sample, time, dh, dc);
        }

        Store(dh, arrays.DInitialHidden, sample);
        Store(dc, arrays.DInitialCell, sample);
    }

    // From the gradients of h and c to those of h' and c'.
    private void BackwardStep(int sample, int time, Span<float> dh, Span<float> dc)
    {
        int filters = arrays.Filters;
        Span<float> ifgo = Slot(gates, sample, time, Gates);
        Span<float> pre = KeepsPreActivations ? Slot(preActivations, sample, time, Gates) : default;
        Span<float> before = Slot(cellBefore, sample, time, 1);
        Span<float> a = Slot(cellOut, sample, time, 1);
        Span<float> difgo = Work(sample, 5, Gates);

        // do = dh act(c), dc += dh o act'(c)
        TensorPrimitives.Multiply(dh, a, Gate(difgo, 3));
        TensorPrimitives.Multiply(dh, Gate(ifgo, 3), dh);
        Span<float> c = default;
        if (arrays.Activation.DerivativeNeedsInput)
        {
            c = Gate(difgo, 0);
            TensorPrimitives.Multiply(Gate(ifgo, 0), Gate(ifgo, 2), c);
            TensorPrimitives.FusedMultiplyAdd(Gate(ifgo, 1), before, c, c);
        }

        arrays.Activation.Backward(c, a, dh, dh, filters);
        TensorPrimitives.Add(dc, dh, dc);

        // di = dc g, df = dc c', dg = dc i, dc' = dc f
        TensorPrimitives.Multiply(dc, Gate(ifgo, 2), Gate(difgo, 0));
        TensorPrimitives.Multiply(dc, before, Gate(difgo, 1));
        TensorPrimitives.Multiply(dc, Gate(ifgo, 0), Gate(difgo, 2));
        TensorPrimitives.Multiply(dc, Gate(ifgo, 1), dc);

        ActivationBackward(arrays.RecurrentActivation, pre, ifgo, difgo, 0, 2);
        ActivationBackward(arrays.Activation, pre, ifgo, difgo, 2, 1);
        ActivationBackward(arrays.RecurrentActivation, pre, ifgo, difgo, 3, 1);

        float* dz = Z(sample, time);
        float* target = dz;
        for (int place = 0; place < Places; place++)
        {
            for (int gate = 0; gate < Gates; gate++, target += filters)
            {
                difgo.Slice((gate * Width) + (place * filters), filters).CopyTo(new Span<float>(target, filters));
            }
        }

        dh.Clear();
        recurrent.AddInputGradient(dz, WorkAddress(sample, 2));
        if (arrays.RecurrentDropout > 0) { TensorPrimitives.Multiply(dh, HiddenFactors(sample), dh); }
    }

    private void ActivationBackward(ActivationFunction function, Span<float> pre, Span<float> y, Span<float> dy, int first, int count)
    {
        int from = first * Width;
        int length = count * Width;
        ReadOnlySpan<float> x = function.DerivativeNeedsInput ? pre.Slice(from, length) : [];
        function.Backward(x, y.Slice(from, length), dy.Slice(from, length), dy.Slice(from, length), arrays.Filters);
    }

    // Draws the factors of this call and multiplies the input by them; one mask serves all steps.
    private void Drop()
    {
        if (arrays.RecurrentDropout > 0)
        {
            hiddenFactors.Resize(arrays.Samples, Width);
            Factors(arrays.Random.Derive(1), arrays.RecurrentDropout, hiddenFactors.Span);
        }

        if (arrays.Dropout == 0) { return; }
        int width = arrays.Input.Places * arrays.Channels;
        inputFactors.Resize(arrays.Samples, width);
        Factors(arrays.Random.Derive(0), arrays.Dropout, inputFactors.Span);
        droppedInput.Resize(arrays.Samples, arrays.Steps, width);
        MultiplyByFactors(arrays.X, droppedInput.Pointer);
    }

    private void MultiplyByFactors(float* source, float* target)
    {
        int width = arrays.Input.Places * arrays.Channels;
        for (int i = 0; i < arrays.Samples * arrays.Steps; i++)
        {
            TensorPrimitives.Multiply(
                new ReadOnlySpan<float>(source + ((nint)i * width), width), inputFactors.Span.Slice(i / arrays.Steps * width, width),
                new Span<float>(target + ((nint)i * width), width));
        }
    }

    private static void Factors(RandomKey key, float rate, Span<float> factors)
    {
        key.FillUniform(factors);
        float kept = 1 / (1 - rate);
        foreach (ref float factor in factors) { factor = factor < rate ? 0 : kept; }
    }

    private ConvolutionArrays InputArrays() => new()
    {
        Windows = arrays.Input,
        Samples = arrays.Samples * arrays.Steps,
        Channels = arrays.Channels,
        Filters = Gates * arrays.Filters,
        Groups = 1,
        X = arrays.Dropout > 0 ? droppedInput.Pointer : arrays.X,
        Kernel = arrays.Kernel,
        Bias = arrays.Bias,
        Z = z.Pointer,
        DZ = z.Pointer,
        DX = arrays.DX,
        DKernel = arrays.DKernel,
        DBias = arrays.DBias,
    };

    private ConvolutionArrays RecurrentArrays() => new()
    {
        Windows = arrays.Recurrent,
        Samples = arrays.Samples * arrays.Steps,
        Channels = arrays.Filters,
        Filters = Gates * arrays.Filters,
        Groups = 1,
        X = hiddenBefore.Pointer,
        Kernel = arrays.RecurrentKernel,
        DZ = z.Pointer,
        DKernel = arrays.DRecurrentKernel,
    };

    private int TimeOf(int step) => arrays.GoBackwards ? arrays.Steps - 1 - step : step;

    private float* Z(int sample, int time) => z.Pointer + ((((nint)sample * arrays.Steps) + time) * Gates * Width);

    private float* Address(TensorBuffer buffer, int sample, int time, int parts = 1) =>
        buffer.Pointer + ((arrays.Keep ? ((nint)sample * arrays.Steps) + time : sample) * parts * Width);

    private Span<float> Slot(TensorBuffer buffer, int sample, int time, int parts) => new(Address(buffer, sample, time, parts), parts * Width);

    private Span<float> Gate(Span<float> planes, int gate) => planes.Slice(gate * Width, Width);

    private float* WorkAddress(int sample, int slot) => work.Pointer + ((((nint)sample * WorkSlots) + slot) * Width);

    private Span<float> Work(int sample, int slot, int slots = 1) => new(WorkAddress(sample, slot), slots * Width);

    private Span<float> HiddenFactors(int sample) => hiddenFactors.Span.Slice(sample * Width, Width);

    private Span<float> Output(float* outputs, int sample, int step) =>
        new(outputs + ((arrays.ReturnSequences ? ((nint)sample * arrays.Steps) + step : sample) * Width), Width);

    private void Load(float* states, int sample, Span<float> target)
    {
        if (states is null) { target.Clear(); }
        else { new ReadOnlySpan<float>(states + ((nint)sample * Width), Width).CopyTo(target); }
    }

    private void Store(ReadOnlySpan<float> state, float* states, int sample)
    {
        if (states is not null) { state.CopyTo(new Span<float>(states + ((nint)sample * Width), Width)); }
    }
}

/// <summary>The arrays and options of one pass; see <see cref="ConvLstmPass"/>. Null where there is none, or none is asked for.</summary>
internal unsafe struct ConvLstmArrays
{
    /// <summary>The windows over a step's input and over the hidden state.</summary>
    public Windows Input, Recurrent;

    /// <summary>The lengths.</summary>
    public int Samples, Steps, Channels, Filters;

    /// <summary>The activations.</summary>
    public ActivationFunction Activation, RecurrentActivation;

    /// <summary>The options.</summary>
    public bool GoBackwards, ReturnSequences, ZeroOutputForMask, Keep;

    /// <summary>The shares that are dropped, 0 outside training.</summary>
    public float Dropout, RecurrentDropout;

    /// <summary>The key of what is dropped.</summary>
    public RandomKey Random;

    /// <summary>Which steps are data.</summary>
    public Mask? Mask;

    /// <summary>x: (samples, steps, places, channels) and the weights.</summary>
    public float* X, Kernel, RecurrentKernel, Bias;

    /// <summary>The states before the first step, and where those after the last go: (samples, places', filters).</summary>
    public float* InitialHidden, InitialCell, FinalHidden, FinalCell, CarriedHidden, CarriedCell;

    /// <summary>y: (samples, steps, places', filters) or (samples, places', filters), and dy.</summary>
    public float* Output, DOutput;

    /// <summary>The other gradients.</summary>
    public float* DX, DKernel, DRecurrentKernel, DBias, DFinalHidden, DFinalCell, DInitialHidden, DInitialCell;
}
