using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>The weights and attributes of a recurrent node, and the layers that they make.</summary>
internal sealed class RecurrentCell
{
    private readonly OnnxContext c;
    private readonly string op;
    private readonly OnnxConstant w, r;
    private readonly OnnxConstant? b, p;
    private readonly bool coupled, resetAfter;
    private readonly ActivationFunction[] functions; // of all directions, one after the other
    private readonly int gates;                      // in the node
    private readonly int[] order;                    // which of them each of Engram's is

    public RecurrentCell(OnnxContext context, int directions)
    {
        (c, op, Directions) = (context, context.Node.OpType, directions);
        gates = op switch { "LSTM" => 4, "GRU" => 3, _ => 1 };
        States = op == "LSTM" ? 2 : 1;
        coupled = op == "LSTM" && c.Integer("input_forget", 0) != 0;
        resetAfter = op == "GRU" && c.Integer("linear_before_reset", 0) != 0;
        order = op switch { "LSTM" => coupled ? [0, 3, 1] : [0, 2, 3, 1], "GRU" => [0, 1, 2], _ => [0] };
        (w, r) = (c.Constant(1), c.Constant(2));
        b = c.Optional(3) is null ? null : c.Constant(3);
        p = op != "LSTM" || c.Optional(7) is null ? null : c.Constant(7);
        if (w.Rank != 3 || r.Rank != 3 || !w.IsFloat || !r.IsFloat) { throw c.Error($"has W of the shape {w.Describe()} and R of the shape {r.Describe()}; expected three axes"); }
        (Units, Features) = (r.Shape[2], w.Shape[2]);
        long hidden = c.Integer("hidden_size", Units);
        if (hidden != Units) { throw c.Error($"has the hidden_size {hidden}, but R of the shape {r.Describe()} is for {Units}"); }
        if (Units == 0 || Features == 0) { throw c.Error("has no units or no features"); }
        Expect(w, "W", [directions, gates * Units, Features]);
        Expect(r, "R", [directions, gates * Units, Units]);
        if (b is not null) { Expect(b, "B", [directions, 2 * gates * Units]); }
        if (p is not null) { Expect(p, "P", [directions, 3 * Units]); }
        functions = Activations();
    }

    public int Directions { get; }

    public int States { get; }

    public int Units { get; }

    public int Features { get; }

    /// <summary>The layer of one direction, without weights.</summary>
    public Recurrent Create(int direction, SequenceOptions options)
    {
        int first = direction * functions.Length / Directions;
        switch (op)
        {
            case "LSTM":
                ActivationFunction candidate = functions[first + 1], output = functions[first + 2];
                bool variant = coupled || p is not null;
                if (variant && !output.Equals(candidate)) { throw c.Error("has peepholes or coupled gates together with two different activations g and h, which no layer has"); }
                return new Lstm(Units)
                {
                    RecurrentActivation = functions[first],
                    Activation = candidate,
                    OutputActivation = output.Equals(candidate) ? null : output,
                    Peepholes = p is not null,
                    CoupledGates = coupled,
                    UnitForgetBias = false,
                    UseBias = b is not null,
                    Options = options,
                    KernelInitializer = Initializers.Zeros,
                    RecurrentInitializer = Initializers.Zeros,
                };
            case "GRU":
                return new Gru(Units)
                {
                    RecurrentActivation = functions[first],
                    Activation = functions[first + 1],
                    ResetAfter = resetAfter,
                    UseBias = b is not null,
                    Options = options,
                    KernelInitializer = Initializers.Zeros,
                    RecurrentInitializer = Initializers.Zeros,
                };
            default:
                return new SimpleRnn(Units)
                {
                    Activation = functions[first],
                    UseBias = b is not null,
                    Options = options,
                    KernelInitializer = Initializers.Zeros,
                    RecurrentInitializer = Initializers.Zeros,
                };
        }
    }

    /// <summary>Gives a layer the weights of a direction.</summary>
    public void Fill(Recurrent layer, int direction)
    {
        Transpose(w, direction, Features, layer.Parts.Kernel);
        Transpose(r, direction, Units, layer.Parts.RecurrentKernel);
        if (b is not null) { FillBias(b.Floats().AsSpan(direction * 2 * gates * Units), layer.Parts.Bias!.Value); }
        if (p is null) { return; }
        ReadOnlySpan<float> given = p.Floats().AsSpan(direction * 3 * Units, 3 * Units); // i, o, f
        Span<float> target = layer.Parts.Own[0].Value.Span;                              // i, f, o, or coupled i, o
        given[..Units].CopyTo(target);
        if (coupled) { given[Units..(2 * Units)].CopyTo(target[Units..]); }
        else
        {
            given[(2 * Units)..].CopyTo(target[Units..]);
            given[Units..(2 * Units)].CopyTo(target[(2 * Units)..]);
        }
    }

    // (gates H, inputs) to (inputs, gates H)
    private void Transpose(OnnxConstant source, int direction, int inputs, Weight kernel)
    {
        ReadOnlySpan<float> from = source.Floats().AsSpan(direction * gates * Units * inputs);
        Span<float> to = kernel.Value.Span;
        int width = order.Length * Units;
        for (int gate = 0; gate < order.Length; gate++)
        {
            for (int unit = 0; unit < Units; unit++)
            {
                ReadOnlySpan<float> row = from.Slice(((order[gate] * Units) + unit) * inputs, inputs);
                for (int i = 0; i < inputs; i++) { to[(i * width) + (gate * Units) + unit] = row[i]; }
            }
        }
    }

    // The bias of the input and that of the state stand one after the other; only a GRU that resets after the product keeps both.
    private void FillBias(ReadOnlySpan<float> from, TensorBuffer bias)
    {
        int width = order.Length * Units;
        for (int gate = 0; gate < order.Length; gate++)
        {
            for (int unit = 0; unit < Units; unit++)
            {
                float input = from[(order[gate] * Units) + unit], state = from[((gates + order[gate]) * Units) + unit];
                int at = (gate * Units) + unit;
                if (resetAfter) { (bias.Span[at], bias.Span[width + at]) = (input, state); }
                else { bias.Span[at] = input + state; }
            }
        }
    }

    private ActivationFunction[] Activations()
    {
        float limit = c.Attribute("clip") is null ? float.PositiveInfinity : c.Single("clip", 0);
        if (!(limit > 0)) { throw c.Error($"has the clip {limit}; expected one above 0"); }
        string[] defaults = op switch { "LSTM" => ["Sigmoid", "Tanh", "Tanh"], "GRU" => ["Sigmoid", "Tanh"], _ => ["Tanh"] };
        List<string> names = c.Attribute("activations") is { Texts.Count: > 0 } given ? given.Texts : [.. Enumerable.Repeat(defaults, Directions).SelectMany(list => list)];
        if (names.Count != defaults.Length * Directions) { throw c.Error($"names {names.Count} activations; expected {defaults.Length * Directions}"); }
        var alphas = new Queue<float>(c.Attribute("activation_alpha")?.Singles ?? []);
        var betas = new Queue<float>(c.Attribute("activation_beta")?.Singles ?? []);
        var functions = new ActivationFunction[names.Count];
        for (int i = 0; i < functions.Length; i++)
        {
            // Each function takes the next of the parameters that it has.
            (bool hasAlpha, bool hasBeta) = names[i].ToUpperInvariant() switch
            {
                "AFFINE" or "SCALEDTANH" or "HARDSIGMOID" => (true, true),
                "LEAKYRELU" or "THRESHOLDEDRELU" or "ELU" => (true, false),
                _ => (false, false),
            };
            float? alpha = hasAlpha && alphas.TryDequeue(out float a) ? a : null, beta = hasBeta && betas.TryDequeue(out float b) ? b : null;
            // The limit is one for what goes into the gates; the cell state goes out without it.
            bool limited = op != "LSTM" || i % 3 != 2;
            functions[i] = ElementwiseOperators.InNode(c, names[i], alpha, beta, limited ? limit : float.PositiveInfinity);
        }

        return functions;
    }

    private void Expect(OnnxConstant array, string name, int[] shape)
    {
        if (!array.IsFloat || !array.Shape.SequenceEqual(shape)) { throw c.Error($"has {name} of the shape {array.Describe()}; expected ({string.Join(", ", shape)})"); }
    }
}
