namespace Engram.Cells;

/// <summary>Where a step keeps a value that a trace shows.</summary>
internal enum TracedPlace
{
    /// <summary>In the gate buffer; undefined at masked steps.</summary>
    Gates,

    /// <summary>One minus what stands in the gate buffer.</summary>
    GatesComplement,

    /// <summary>In h after the step.</summary>
    Hidden,

    /// <summary>In the states beside h after the step.</summary>
    Cell,
}

/// <summary>One gate or state of a cell: its name and where its columns begin. States of width H; h may be of another.</summary>
internal readonly record struct TracedSeries(string Name, TracedPlace Place, int Offset = 0);

/// <summary>The names of gates and states in traces.</summary>
internal static class TracedNames
{
    public const string InputGate = "input_gate";
    public const string ForgetGate = "forget_gate";
    public const string Candidate = "candidate";
    public const string OutputGate = "output_gate";
    public const string UpdateGate = "update_gate";
    public const string ResetGate = "reset_gate";
    public const string CellState = "cell_state";
    public const string HiddenState = "hidden_state";
    public const string NormalizerState = "normalizer_state";
    public const string StabilizerState = "stabilizer_state";
}
