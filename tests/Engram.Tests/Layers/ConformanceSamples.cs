namespace Engram.Tests.Layers;

/// <summary>Samples of the layers that have no golden case, and of options that the golden cases leave out.</summary>
internal static class ConformanceSamples
{
    private const string Graph = """
            {"name": "graph", "layers": [
            {"class_name": "InputLayer", "name": "a", "config": {"name": "a", "batch_shape": [null, 4, 5]}, "inbound_nodes": []},
            {"class_name": "InputLayer", "name": "b", "config": {"name": "b", "batch_shape": [null, 4, 2]}, "inbound_nodes": []},
            {"class_name": "LSTM", "name": "l", "config": {"name": "l", "units": 3, "return_sequences": true}, "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"shape": [null, 4, 5], "dtype": "float32", "keras_history": ["a", 0, 0]}}], "kwargs": {}}]},
            {"class_name": "Concatenate", "module": "keras.layers", "name": "c", "config": {"name": "c"}, "inbound_nodes": [{"args": [[{"class_name": "__keras_tensor__", "config": {"shape": [null, 4, 3], "dtype": "float32", "keras_history": ["l", 0, 0]}}, {"class_name": "__keras_tensor__", "config": {"shape": [null, 4, 2], "dtype": "float32", "keras_history": ["b", 0, 0]}}]], "kwargs": {}}]},
            {"class_name": "Dense", "name": "d", "config": {"name": "d", "units": 2}, "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"shape": [null, 4, 5], "dtype": "float32", "keras_history": ["c", 0, 0]}}], "kwargs": {}}]}],
            "input_layers": [["a", 0, 0], ["b", 0, 0]], "output_layers": [["d", 0, 0]]}
            """;

    private static readonly (string Kind, string Config, int[][] Shapes)[] Table =
    [
        ("AdditiveAttention", """{"dropout": 0.3, "use_causal_mask": true, "return_attention_scores": true}""", [[2, 4, 5], [2, 3, 2], [2, 3, 5]]),
        ("AlphaDropout", """{"rate": 0.3}""", [[3, 4, 5]]),
        ("AlphaDropout", """{"rate": 0.3, "noise_shape": [null, 1, 5]}""", [[3, 4, 5]]),
        ("Add", "{}", [[2, 3, 4], [2, 1, 4], [2, 4]]),
        ("Attention", """{"use_scale": true, "score_mode": "concat", "dropout": 0.3}""", [[2, 4, 5], [2, 3, 5]]),
        ("Attention", """{"use_scale": true, "dropout": 0.3, "return_attention_scores": true}""", [[2, 4, 5], [2, 3, 2], [2, 3, 5]]),
        ("Average", "{}", [[2, 1, 4], [2, 3, 1]]),
        ("BatchNormalization", """{"axis": 1, "scale": false}""", [[3, 4, 5]]),
        ("Concatenate", """{"axis": 2}""", [[2, 3, 4, 2], [2, 3, 1, 2], [2, 3, 2, 2]]),
        ("Conv1D", """{"filters": 6, "kernel_size": 3, "groups": 3, "strides": 2, "activation": "gelu"}""", [[2, 9, 3]]),
        ("Conv1D", """{"filters": 4, "kernel_size": 2, "groups": 2, "dilation_rate": 3, "padding": "causal", "activation": "softmax"}""", [[2, 5, 2]]),
        ("Conv1D", """{"filters": 4, "kernel_size": 1, "activation": "glu"}""", [[3, 5, 2]]),
        ("Conv1D", """{"filters": 5, "kernel_size": 1, "strides": 2, "use_bias": false}""", [[3, 5, 2]]),
        ("Conv2D", """{"filters": 4, "kernel_size": [2, 3], "groups": 2, "strides": [1, 2], "padding": "same", "activation": "tanh"}""", [[2, 4, 5, 2]]),
        ("Conv3D", """{"filters": 4, "kernel_size": [2, 1, 3], "groups": 2, "dilation_rate": [1, 1, 2], "padding": "same"}""", [[2, 3, 2, 4, 2]]),
        ("Conv3D", """{"filters": 2, "kernel_size": 2, "strides": [1, 2, 1]}""", [[2, 3, 4, 2, 2]]),
        ("Conv1DTranspose", """{"filters": 3, "kernel_size": 3, "strides": 2, "output_padding": [1], "activation": "sigmoid"}""", [[2, 4, 2]]),
        ("Conv1DTranspose", """{"filters": 3, "kernel_size": 3, "strides": 2, "output_padding": 0, "padding": "same", "activation": "softplus"}""", [[2, 4, 2]]),
        ("Conv1DTranspose", """{"filters": 2, "kernel_size": 2, "strides": 3, "use_bias": false}""", [[2, 4, 3]]),
        ("Conv1DTranspose", """{"filters": 3, "kernel_size": 3, "dilation_rate": 2}""", [[2, 4, 2]]),
        ("ConvLSTM1D", """{"filters": 2, "kernel_size": 3, "padding": "same", "dropout": 0.3, "recurrent_dropout": 0.2, "return_sequences": true, "return_state": true}""", [[2, 3, 5, 2], [2, 5, 2], [2, 5, 2]]),
        ("ConvLSTM1D", """{"filters": 3, "kernel_size": 2, "activation": "gelu", "recurrent_activation": "softmax", "go_backwards": true, "use_bias": false}""", [[2, 3, 4, 2]]),
        ("ConvLSTM2D", """{"filters": 2, "kernel_size": [2, 3], "strides": [2, 1], "padding": "same", "return_state": true}""", [[2, 2, 3, 4, 1]]),
        ("ConvLSTM3D", """{"filters": 1, "kernel_size": [2, 1, 2], "return_sequences": true, "unit_forget_bias": false}""", [[2, 2, 3, 2, 3, 2]]),
        ("DepthwiseConv1D", """{"kernel_size": 3, "strides": 2, "activation": "tanh"}""", [[2, 7, 3]]),
        ("DepthwiseConv1D", """{"kernel_size": 2, "dilation_rate": 3, "depth_multiplier": 3, "padding": "same", "use_bias": false}""", [[2, 5, 2]]),
        ("DepthwiseConv2D", """{"kernel_size": [2, 3], "strides": 2, "depth_multiplier": 2, "padding": "same", "activation": "gelu"}""", [[2, 4, 5, 2]]),
        ("SeparableConv1D", """{"filters": 4, "kernel_size": 3, "depth_multiplier": 2, "strides": 2, "activation": "gelu"}""", [[2, 7, 3]]),
        ("SeparableConv2D", """{"filters": 3, "kernel_size": [3, 2], "dilation_rate": [1, 2], "padding": "same", "activation": "tanh", "use_bias": false}""", [[2, 4, 3, 2]]),
        ("Dot", """{"axes": [1, 2]}""", [[2, 3, 4], [2, 5, 3]]),
        ("Dot", """{"axes": -1}""", [[3, 4], [3, 4]]),
        ("Dropout", """{"rate": 0.4}""", [[3, 4, 5]]),
        ("Dropout", """{"rate": 0.4, "noise_shape": [1, null, 1]}""", [[3, 4, 5]]),
        ("GaussianDropout", """{"rate": 0.25}""", [[3, 4, 5]]),
        ("GaussianNoise", """{"stddev": 0.5}""", [[3, 4, 5]]),
        ("GroupNormalization", """{"groups": 2, "axis": 1, "center": false}""", [[2, 4, 3, 5]]),
        ("GroupNormalization", """{"groups": -1}""", [[2, 5, 3]]),
        ("InputLayer", """{"batch_shape": [null, 4, 5]}""", [[3, 4, 5]]),
        ("LayerNormalization", """{"axis": [1]}""", [[3, 4, 5]]),
        ("LayerNormalization", """{"axis": [-1], "rms_scaling": true}""", [[3, 4, 5]]),
        ("Masking", """{"mask_value": 0.5}""", [[3, 4, 5]]),
        ("Maximum", "{}", [[2, 3, 4], [2, 3, 1], [2, 1, 4]]),
        ("Multiply", "{}", [[2, 3, 4], [2, 4], [2, 3, 1]]),
        ("MultiHeadAttention", """{"num_heads": 2, "key_dim": 3, "value_dim": 2, "output_shape": [2], "dropout": 0.3, "use_gate": true, "sliding_window": 2, "return_attention_scores": true}""", [[2, 5, 3], [2, 4, 2], [2, 4, 4]]),
        ("MultiHeadAttention", """{"num_heads": 3, "key_dim": 2, "use_causal_mask": true, "attention_mask": true}""", [[2, 3, 2], [2, 4, 3], [2, 3, 4]]),
        ("Normalization", """{"axis": [-1], "mean": [0.5, -1, 2, 0.25, 3], "variance": [0.5, 2, 4, 1, 0.1]}""", [[3, 4, 5]]),
        ("Normalization", """{"axis": [1], "invert": true, "mean": 0.5, "variance": 4}""", [[3, 4, 5]]),
        ("Permute", """{"dims": [3, 1, 2]}""", [[2, 3, 4, 5]]),
        ("PReLU", """{"shared_axes": [2], "alpha_initializer": "ones"}""", [[2, 3, 4, 5]]),
        ("PReLU", "{}", [[3, 5]]),
        ("RMSNormalization", """{"axis": [1, 2]}""", [[2, 3, 4, 5]]),
        ("Softmax", """{"axis": [1, 2]}""", [[2, 3, 4]]),
        ("Softmax", """{"axis": 1}""", [[2, 3, 4]]),
        ("GRUCell", """{"units": 3}""", [[4, 5], [4, 3]]),
        ("GRUCell", """{"units": 3, "reset_after": false, "use_bias": false}""", [[4, 5], [4, 3]]),
        ("LSTM", """{"units": 3, "peepholes": true, "return_sequences": true}""", [[3, 4, 5]]),
        ("LSTM", """{"units": 3, "coupled_gates": true, "return_state": true}""", [[3, 4, 5], [3, 3], [3, 3]]),
        ("LSTM", """{"units": 5, "projection_units": 2, "return_sequences": true, "return_state": true}""", [[3, 4, 3], [3, 2], [3, 5]]),
        ("LSTM", """{"units": 3, "zoneout_hidden": 0.3, "zoneout_cell": 0.4, "return_state": true}""", [[3, 4, 5], [3, 3], [3, 3]]),
        ("LSTM", """
            {"units": 4, "peepholes": true, "coupled_gates": true, "projection_units": 3, "zoneout_cell": 0.4, "return_sequences": true,
             "dropout": 0.2, "recurrent_dropout": 0.3, "go_backwards": true, "activation": "relu", "recurrent_activation": "hard_sigmoid"}
            """, [[3, 4, 5]]),
        ("Bidirectional", """
            {"layer": {"class_name": "LSTM", "config": {"units": 4, "projection_units": 2, "peepholes": true, "return_state": true}}}
            """, [[3, 4, 5], [3, 2], [3, 4], [3, 2], [3, 4]]),
        ("RNN", """
            {"return_sequences": true, "cell": {"class_name": "StackedRNNCells", "config": {"cells": [
            {"class_name": "LSTMCell", "config": {"units": 4, "projection_units": 3}},
            {"class_name": "LSTMCell", "config": {"units": 2, "peepholes": true, "zoneout_cell": 0.3}}]}}}
            """, [[3, 2, 2]]),
        ("MLstm", """{"units": 4, "heads": 2, "return_sequences": true}""", [[2, 5, 3]]),
        ("MLstm", """{"units": 3}""", [[2, 4, 3]]),
        ("MLstm", """{"units": 4, "heads": 2, "return_sequences": true, "return_state": true}""", [[2, 5, 3], [2, 8], [2, 4], [2, 2]]),
        ("MLstm", """{"units": 2, "return_state": true, "go_backwards": true}""", [[3, 4, 3]]),
        ("MLstm", """{"units": 3, "return_sequences": true, "return_state": true, "stateful": true}""", [[3, 4, 2]]),
        ("Bidirectional", """{"layer": {"class_name": "MLstm", "config": {"units": 2, "heads": 2, "return_sequences": true, "return_state": true}}}""",
            [[2, 4, 3], [2, 2], [2, 2], [2, 2], [2, 2], [2, 2], [2, 2]]),
        ("Bidirectional", """{"layer": {"class_name": "ConvLSTM1D", "config": {"filters": 2, "kernel_size": 2, "return_sequences": true, "return_state": true}}}""",
            [[2, 3, 4, 2], [2, 3, 2], [2, 3, 2], [2, 3, 2], [2, 3, 2]]),
        ("Bidirectional", """{"merge_mode": "mul", "layer": {"class_name": "ConvLSTM2D", "config": {"filters": 2, "kernel_size": [1, 2]}}}""", [[2, 3, 2, 3, 1]]),
        ("SLstm", """{"units": 3, "return_sequences": true}""", [[3, 4, 5]]),
        ("SLstm", """{"units": 4, "heads": 2, "return_state": true, "dropout": 0.2, "use_bias": false}""", [[3, 4, 5]]),
        ("SLstm", """{"units": 3, "return_sequences": true, "recurrent_dropout": 0.3}""", [[3, 4, 5], [3, 3], [3, 3], [3, 3], [3, 3]]),
        ("LayerNormLstm", """{"units": 4, "return_sequences": true, "return_state": true}""", [[3, 3, 5], [3, 4], [3, 4]]),
        ("LayerNormLstm", """{"units": 5, "use_bias": false, "dropout": 0.2, "recurrent_dropout": 0.3, "recurrent_activation": "hard_sigmoid"}""", [[3, 3, 4]]),
        ("MinimalGatedUnit", """{"units": 3, "return_state": true}""", [[3, 4, 5], [3, 3]]),
        ("MinimalGatedUnit", """
            {"units": 3, "return_sequences": true, "dropout": 0.2, "recurrent_dropout": 0.3, "recurrent_activation": "hard_sigmoid"}
            """, [[3, 4, 5]]),
        ("LSTMCell", """{"units": 3, "dropout": 0.3, "recurrent_dropout": 0.2}""", [[4, 5], [4, 3], [4, 3]]),
        ("RNN", """{"cell": {"class_name": "LSTMCell", "config": {"units": 3, "dropout": 0.3}}, "go_backwards": true}""", [[3, 4, 5]]),
        ("RNN", """
            {"return_state": true, "cell": {"class_name": "StackedRNNCells", "config": {"cells": [
            {"class_name": "GRUCell", "config": {"units": 3}}, {"class_name": "SimpleRNNCell", "config": {"units": 2}}]}}}
            """, [[4, 3, 5], [4, 3], [4, 2]]),
        ("SimpleRNNCell", """{"units": 3}""", [[4, 5], [4, 3]]),
        ("StackedRNNCells", """
            {"cells": [{"class_name": "LSTMCell", "config": {"units": 3}}, {"class_name": "GRUCell", "config": {"units": 2}}]}
            """, [[4, 5], [4, 3], [4, 3], [4, 2]]),
        ("SLstmCell", """{"units": 4, "heads": 2}""", [[3, 5], [3, 4], [3, 4], [3, 4], [3, 4]]),
        ("SLstmCell", """{"units": 3, "dropout": 0.2, "recurrent_dropout": 0.3, "unit_forget_bias": false}""", [[3, 5], [3, 3], [3, 3], [3, 3], [3, 3]]),
        ("LayerNormLstmCell", """{"units": 4, "epsilon": 0.01, "recurrent_activation": "hard_sigmoid"}""", [[3, 5], [3, 4], [3, 4]]),
        ("MinimalGatedCell", """{"units": 3, "dropout": 0.3, "recurrent_activation": "hard_sigmoid"}""", [[4, 5], [4, 3]]),
        ("RNN", """
            {"return_state": true, "cell": {"class_name": "StackedRNNCells", "config": {"cells": [
            {"class_name": "SLstmCell", "config": {"units": 2}}, {"class_name": "LayerNormLstmCell", "config": {"units": 3}},
            {"class_name": "MinimalGatedCell", "config": {"units": 2}}]}}}
            """, [[2, 3, 3], [2, 2], [2, 2], [2, 2], [2, 2], [2, 3], [2, 3], [2, 2]]),
        ("SpatialDropout1D", """{"rate": 0.4}""", [[3, 4, 5]]),
        ("Sequential", """
            {"name": "chain", "layers": [
            {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4, 5]}},
            {"class_name": "GRU", "config": {"name": "g", "units": 3, "return_sequences": true}},
            {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "tanh"}}]}
            """, [[3, 4, 5]]),
        ("Functional", Graph, [[3, 4, 5], [3, 4, 2]]),
        ("Model", Graph, [[3, 4, 5], [3, 4, 2]]),
        ("UnitNormalization", """{"axis": [1, 2]}""", [[2, 3, 4, 5]]),
        ("BatchedProduct", "{}", [[2, 3, 4], [2, 4, 5]]),
        ("BatchedProduct", "{}", [[2, 3, 2, 4], [2, 3, 4, 5]]),
        ("InsertAxes", """{"axes": [1]}""", [[3, 4]]),
        ("InsertAxes", """{"axes": [1, 3]}""", [[2, 3, 4]]),
        ("LengthMask", "{}", [[5, 4, 3], [5]]),
        ("Places", """{"axis": 2, "start": 3, "step": -0.5}""", [[2, 3, 4]]),
        ("Reduce", """{"reduction": "sum", "axes": [1]}""", [[2, 3, 4]]),
        ("Reduce", """{"reduction": "mean", "axes": [1, 3], "keepdims": true}""", [[2, 3, 4, 5]]),
        ("Reduce", """{"reduction": "max", "axes": [2]}""", [[2, 3, 4]]),
        ("Reduce", """{"reduction": "min", "axes": [1, 2]}""", [[2, 3, 4]]),
        ("Select", "{}", [[2, 3, 4], [2, 3, 4], [2, 1, 4]]),
        ("StoredArray", """{"shape": [3, 2]}""", [[4, 5]]),
        ("StoredArray", """{"shape": [3], "learns": false}""", [[4, 5]]),
        ("TakePlaces", """{"axis": 1, "start": 1, "end": 4, "step": 2}""", [[3, 5, 2]]),
        ("TakePlaces", """{"axis": 2, "start": -1, "end": -4, "step": -1}""", [[3, 2, 5]]),
        ("TakePlaces", """{"axis": 1, "places": [2, 0, 2]}""", [[3, 4, 2]]),
        ("UpSampling2D", """{"size": [2, 3], "interpolation": "bilinear"}""", [[2, 3, 4, 2]]),
    ];

    /// <summary>The samples of a kind.</summary>
    public static IEnumerable<ConformanceSample> Of(string kind) => Table
        .Where(row => row.Kind == kind)
        .Select(row => ConformanceSample.Drawn($"{kind} {row.Config}", kind, row.Config, row.Shapes));
}
