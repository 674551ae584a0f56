namespace Engram.Data;

/// <summary>What a column's cells turned out to be.</summary>
internal enum ColumnKind
{
    /// <summary>Every cell that is not missing was read.</summary>
    Read,

    /// <summary>Meant to be of this kind, but it cannot be read: the problem says where and why.</summary>
    Broken,

    /// <summary>Of another kind; the problem names a cell.</summary>
    Other,
}
