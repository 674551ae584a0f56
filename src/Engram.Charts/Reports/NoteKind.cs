namespace Engram.Charts.Reports;

/// <summary>How a note is set.</summary>
public enum NoteKind
{
    /// <summary>Something worth knowing.</summary>
    Note,
    /// <summary>Something that makes the results less trustworthy.</summary>
    Warning,
}
