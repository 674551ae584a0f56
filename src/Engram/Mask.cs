namespace Engram;

/// <summary>Which time steps of each sequence of a batch are data (1) and which are padding (0).</summary>
public sealed class Mask
{
    private byte[] storage = [];

    /// <summary>Creates a mask in which every step is padding.</summary>
    public Mask(int rows, int timeSteps) => Resize(rows, timeSteps);

    /// <summary>The number of sequences.</summary>
    public int Rows { get; private set; }

    /// <summary>The number of time steps of each sequence.</summary>
    public int TimeSteps { get; private set; }

    /// <summary>One byte for each row and step, 1 where the step is data: (rows, timeSteps).</summary>
    public Span<byte> Span => storage.AsSpan(0, Rows * TimeSteps);

    /// <summary>Whether a step of a row is data.</summary>
    public bool this[int row, int step] => storage[(row * TimeSteps) + step] != 0;

    /// <summary>Gives the mask another shape; memory is taken only when it must grow, the contents are undefined afterwards.</summary>
    public void Resize(int rows, int timeSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(timeSteps);
        int needed = checked(rows * timeSteps);
        if (storage.Length < needed) { storage = new byte[needed]; }
        Rows = rows;
        TimeSteps = timeSteps;
    }
}
