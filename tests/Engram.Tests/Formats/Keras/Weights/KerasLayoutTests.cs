using Engram.Formats.Hdf5;
using Engram.Formats.Keras.Weights;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Formats.Keras.Weights;

/// <summary>Layouts that the golden files do not show: further layers, older forms of the same file, lists of many names, types of numbers.</summary>
public sealed class KerasLayoutTests
{
    public static TheoryData<string, string> Layouts() => new()
    {
        { "stack", "layers/rnn/cell/cells/gru_cell/vars/0 1 2 layers/rnn/cell/cells/lstm_cell/vars/0 1 2 layers/rnn/cell/cells/lstm_cell_1/vars/0 1 2" },
        { "cell", "layers/rnn/cell/vars/0 1 2" },
        { "gated attention", "layers/multi_head_attention/_gate_dense/vars/0 layers/multi_head_attention/key_dense/vars/0 layers/multi_head_attention/output_dense/vars/0 layers/multi_head_attention/query_dense/vars/0 layers/multi_head_attention/value_dense/vars/0" },
        { "kinds", "layers/normalization/vars/0 1 2 layers/p_re_lu/vars/0 layers/separable_conv1d/vars/0 1 2 layers/time_distributed/layer/cell/vars/0 1 2" },
        { "shared", "layers/sequential/layers/dense/vars/0 1 layers/sequential_1/layers/dense_1/vars/0 1" },
        { "own layer", "layers/around/layers/dense/vars/0 1 layers/around/vars/0" },
        { "chain in time", "layers/time_distributed/layer/layers/dense/vars/0 1 layers/time_distributed/layer/layers/dense_1/vars/0 1" },
    };

    /// <summary>Each path as Keras' rules make it: attributes by name, lists by kind and number, what was met before left out.</summary>
    [Theory]
    [MemberData(nameof(Layouts))]
    public void Arrays_stand_where_Keras_puts_them_and_come_back(string kind, string layout)
    {
        Network model = Create(kind, 1), other = Create(kind, 2);
        Hdf5Group root = KerasWeights.Write(model);
        string[] paths = [.. Paths(root)];
        Assert.Equal(Expand(layout), paths);
        KerasWeights.Read(root, other, "f.h5");
        Assert.Equal(model.Weights.Select(weight => weight.Value.Span.ToArray()), other.Weights.Select(weight => weight.Value.Span.ToArray()));
        Network third = Create(kind, 3);
        KerasWeights.Read(LegacyWeights.Write(model), third, "f.h5");
        Assert.Equal(model.Weights.Select(weight => weight.Value.Span.ToArray()), third.Weights.Select(weight => weight.Value.Span.ToArray()));
    }

    [Fact]
    public void A_count_of_rows_is_a_64_bit_integer_as_in_Keras()
    {
        Hdf5Dataset count = KerasWeights.Write(Create("kinds", 1)).Dataset("layers/normalization/vars/2");
        Assert.Equal(("int64", 0), (count.Type.ToString(), count.Shape.Count));
    }

    /// <summary>Keras 2 lists the layers of a graph with weights twice, so the numbers of their kinds have gaps; on Windows its paths are names with backslashes.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Graphs_of_Keras_2_are_read(bool windows)
    {
        Network model = KerasModels.Create("attention_block", compile: false), other = KerasModels.Create("attention_block", compile: false);
        model.BuildFor(model.InputShapes!);
        Hdf5Group root = Hdf5Trees.Copy(KerasWeights.Write(model), (copy, path, array) =>
        {
            string old = path.Replace("layers/", "_layer_checkpoint_dependencies/", StringComparison.Ordinal)
                .Replace("/query_dense", "/_query_dense", StringComparison.Ordinal).Replace("/key_dense", "/_key_dense", StringComparison.Ordinal)
                .Replace("/value_dense", "/_value_dense", StringComparison.Ordinal).Replace("/output_dense", "/_output_dense", StringComparison.Ordinal);
            int vars = old.IndexOf("/vars/", StringComparison.Ordinal);
            Hdf5Trees.Put(copy, windows ? old[..vars].Replace('/', '\\') + old[vars..] : old, array);
            return true;
        });
        KerasWeights.Read(root, other, "f.h5");
        Assert.Equal(model.Weights.Select(weight => weight.Value.Span.ToArray()), other.Weights.Select(weight => weight.Value.Span.ToArray()));
    }

    [Fact]
    public void Layers_of_one_kind_in_a_graph_of_Keras_2_keep_their_order()
    {
        static Model Graph(long seed)
        {
            var x = new Input(5, 3);
            SymbolicTensor first = new Lstm(4) { ReturnSequences = true }.Apply(x), second = new Lstm(4) { ReturnSequences = true }.Apply(first);
            var model = new Model([x], [new Lstm(4).Apply(second)]) { Seed = seed };
            model.Build();
            return model;
        }

        Model model = Graph(1), other = Graph(2);
        string[] old = ["lstm", "lstm_2", "lstm_10"];
        string[] now = ["lstm", "lstm_1", "lstm_2"];
        Hdf5Group root = Hdf5Trees.Copy(KerasWeights.Write(model), (copy, path, array) =>
        {
            string[] parts = path.Split('/');
            Hdf5Trees.Put(copy, $"_layer_checkpoint_dependencies/{old[Array.IndexOf(now, parts[1])]}/{string.Join('/', parts[2..])}", array);
            return true;
        });
        KerasWeights.Read(root, other, "f.h5");
        Assert.Equal(model.Weights.Select(weight => weight.Value.Span.ToArray()), other.Weights.Select(weight => weight.Value.Span.ToArray()));
    }

    /// <summary>The file that Keras 2 writes for weights alone has at its root what a whole model's file has in a group.</summary>
    [Fact]
    public void Legacy_files_of_weights_alone_are_read()
    {
        Network model = Create("stack", 1), other = Create("stack", 2);
        var root = new Hdf5Group();
        Hdf5Group top = LegacyWeights.Write(model).Group("model_weights");
        foreach (Hdf5Attribute attribute in top.Attributes.Values) { root.Set(attribute.Name, attribute.Values); }
        foreach ((string name, Hdf5Object child) in top.Children) { root.Add(name, child); }
        root = Hdf5Trees.Copy(root, (copy, path, array) =>
        {
            Hdf5Trees.Put(copy, path["model_weights/".Length..], array);
            return true;
        });
        KerasWeights.Read(root, other, "f.h5");
        Assert.Equal(model.Weights.Select(weight => weight.Value.Span.ToArray()), other.Weights.Select(weight => weight.Value.Span.ToArray()));
    }

    [Fact]
    public void What_is_left_of_metrics_and_generators_is_no_error()
    {
        Network model = Create("cell", 1);
        Hdf5Group root = KerasWeights.Write(model);
        KerasWeights.Enter(root, "metrics/mean/vars").AddScalar("0", 1f);
        KerasWeights.Enter(root, "layers/dropout/seed_generator/vars").AddDataset<uint>("0", [2], new uint[2]);
        Assert.StartsWith("f.h5: the states of Keras' random generators are not taken over", Assert.Single(KerasWeights.Read(root, model, "f.h5").Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_without_an_optimizer_is_said()
    {
        var model = new Sequential(new Input(5, 3), new Lstm(4));
        model.Compile(new Adam(), Loss.MeanSquaredError);
        var other = new Sequential(new Input(5, 3), new Lstm(4));
        WeightsRead read = KerasWeights.Read(KerasWeights.Write(model), other, "f.h5");
        Assert.False(read.Optimizer);
        Assert.Equal(["f.h5: /optimizer: the optimizer's state is not taken over, because the model is not compiled."], read.Warnings);
        Assert.Equal(["f.h5: /optimizer_weights: the optimizer's state is not taken over, because the model is not compiled."], KerasWeights.Read(LegacyWeights.Write(model), other, "f.h5").Warnings);
    }

    [Fact]
    public void Numbers_of_other_types_are_converted_and_those_that_are_none_are_said()
    {
        var model = new Sequential(new Input(5, 3), new Dense(2));
        model.Build();
        var root = new Hdf5Group();
        Hdf5Group variables = KerasWeights.Enter(root, "layers/dense/vars");
        variables.AddDataset<double>("0", [3, 2], new[] { 1.5, -0.1, 1e-30, 3, 4, 1.0 / 3 });
        variables.AddDataset<Half>("1", [2], new[] { (Half)0.25, Half.NaN });
        WeightsRead read = KerasWeights.Read(root, model, "f.h5");
        Assert.Equal([1.5f, -0.1f, 1e-30f, 3, 4, 1f / 3], model.Weights[0].Value.Span.ToArray());
        Assert.Equal([0.25f, float.NaN], model.Weights[1].Value.Span.ToArray());
        Assert.Equal(["f.h5: /layers/dense/vars/1: 1 of 2 numbers are not finite."], read.Warnings);
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(1612, 1)] // 1612 times 40 bytes are under 64512, 1613 above
    [InlineData(1613, 2)]
    [InlineData(5000, 4)]
    public void Long_lists_of_names_are_cut_as_Keras_does(int count, int parts)
    {
        string[] names = [.. Enumerable.Range(0, count).Select(i => $"{i}".PadLeft(40, 'x'))];
        var group = new Hdf5Group();
        NameLists.Write(group, "weight_names", names);
        Assert.Equal(names, NameLists.Read(group, "weight_names"));
        Assert.Equal(parts == 1 ? ["weight_names"] : [.. Enumerable.Range(0, parts).Select(i => $"weight_names{i}")], group.Attributes.Keys);
        if (parts > 1) { Assert.Equal((count + parts - 1) / parts, group.Attributes["weight_names0"].Count); }
    }

    /// <summary>Keras before 2.11 stored all first moments, then all second ones.</summary>
    [Theory]
    [InlineData("m", "v")]
    [InlineData("other", "v")]
    public void States_of_old_optimizers_are_told_by_their_names(string first, string second)
    {
        Sequential model = Trained(1), other = Trained(2);
        Hdf5Group root = LegacyWeights.Write(model), old = root.Group("optimizer_weights"), copy = Hdf5Trees.Copy(root, (to, path, array) =>
        {
            if (!path.StartsWith("optimizer_weights/", StringComparison.Ordinal)) { return false; }
            if (path.EndsWith("learning_rate", StringComparison.Ordinal)) { return true; }
            Hdf5Trees.Put(to, path.EndsWith("iteration", StringComparison.Ordinal) ? "optimizer_weights/Adam/iter:0"
                : path.Replace("/adam/", "/Adam/", StringComparison.Ordinal).Replace("_momentum", $"/{first}:0", StringComparison.Ordinal).Replace("_velocity", $"/{second}:0", StringComparison.Ordinal), array);
            return true;
        });
        string[] names = [.. NameLists.Read(old, "weight_names").Skip(2)];
        string[] renamed =
        [
            "Adam/iter:0",
            .. names.Where(name => name.EndsWith("momentum", StringComparison.Ordinal)).Select(name => $"Adam/{name[5..^9]}/{first}:0"),
            .. names.Where(name => name.EndsWith("velocity", StringComparison.Ordinal)).Select(name => $"Adam/{name[5..^9]}/{second}:0"),
        ];
        NameLists.Write(copy.Group("optimizer_weights"), "weight_names", renamed);
        WeightsRead read = KerasWeights.Read(copy, other, "f.h5");
        Assert.Equal(first == "m", read.Optimizer);
        if (first == "m") { Assert.Equal(model.Optimizer!.State.Select(array => array.Value.Span.ToArray()), other.Optimizer!.State.Select(array => array.Value.Span.ToArray())); }
        else { Assert.Contains("names of an old Keras", Assert.Single(read.Warnings), StringComparison.Ordinal); }
    }

    private static Sequential Trained(int seed)
    {
        var model = new Sequential(new Input(5, 3), new Lstm(4) { ReturnSequences = true }, new Lstm(4), new Dense(1)) { Seed = seed };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        var random = new Random(seed);
        model.TrainOnBatch(RandomData.Numbers(random, 2, 5, 3), RandomData.Numbers(random, 2, 1));
        return model;
    }

    private static Network Create(string kind, long seed)
    {
        Network model = kind switch
        {
            "stack" => new Sequential(new Input(5, 3), new Rnn(new LstmCell(4), new GruCell(6), new LstmCell(2))) { Seed = seed },
            "cell" => new Sequential(new Input(5, 3), new Rnn(new LstmCell(4))) { Seed = seed },
            "kinds" => new Sequential(
                new Input([4, 5, 3]), new Normalization(), new TimeDistributed(new Lstm(4) { ReturnSequences = true }), new Reshape(20, 4),
                new SeparableConv1D(6, 2), new PRelu())
            { Seed = seed },
            "own layer" => new Sequential(new Input(5, 3), new Around(new Dense(4))) { Seed = seed },
            "chain in time" => new Sequential(new Input(5, 3), new TimeDistributed(new Sequential(new Input([3]), new Dense(4), new Dense(2)))) { Seed = seed },
            "gated attention" => Gated(seed),
            _ => Shared(seed),
        };
        model.BuildFor(model.InputShapes!);
        var random = new Random((int)seed);
        foreach (Weight weight in model.Weights)
        {
            foreach (ref float value in weight.Value.Span) { value = random.Next(1000); }
        }

        return model;
    }

    private static Model Gated(long seed)
    {
        var x = new Input(5, 6);
        return new Model([x], [new MultiHeadAttention(2, 3) { UseGate = true, UseBias = false }.Apply(x, x)]) { Seed = seed };
    }

    // The second chain begins with a layer that the first has too.
    private static Model Shared(long seed)
    {
        var x = new Input([3]);
        var shared = new Dense(3) { Name = "shared" };
        SymbolicTensor first = new Sequential(new Input([3]), shared) { Name = "first" }.Apply(x);
        SymbolicTensor second = new Sequential(new Input([3]), shared, new Dense(2) { Name = "own" }) { Name = "second" }.Apply(first);
        return new Model([x], [second]) { Seed = seed };
    }

    private static IEnumerable<string> Paths(Hdf5Group group) => group.Datasets.Select(array => array.Path.TrimStart('/'))
        .Concat(group.Groups.SelectMany(Paths)).Order(StringComparer.Ordinal);

    // "a/vars/0 1" stands for a/vars/0 and a/vars/1.
    private static IEnumerable<string> Expand(string layout)
    {
        string path = "";
        foreach (string part in layout.Split(' '))
        {
            if (part.Contains('/', StringComparison.Ordinal)) { path = part[..^1]; }
            yield return path + part[^1];
        }
    }

    /// <summary>A layer of one's own: a factor, and a layer inside.</summary>
    private sealed class Around(Layer inner) : Layer
    {
        private Weight? factor;

        public override IReadOnlyList<Layer> InnerLayers => [inner];

        public override IReadOnlyList<Weight> Weights => [.. base.Weights, .. inner.Weights];

        public override Shape OutputShape(Shape input) => inner.OutputShape(input);

        protected override void OnBuild(IReadOnlyList<Shape> inputs)
        {
            factor = AddWeight("factor", [1], Initializers.Ones);
            inner.Build(inputs, InitializationKey);
        }

        protected internal override void Forward(LayerCall call) => throw new NotSupportedException(factor!.Name);

        protected internal override void Backward(LayerCall call) => throw new NotSupportedException(factor!.Name);
    }
}
