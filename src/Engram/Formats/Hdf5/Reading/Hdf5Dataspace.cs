namespace Engram.Formats.Hdf5;

/// <summary>Reads dataspace messages: shapes.</summary>
/// <param name="Shape">The length of each axis.</param>
/// <param name="Most">The most that each axis may grow to; -1 without limit.</param>
/// <param name="Count">The number of elements; 0 where there are none (a null dataspace).</param>
internal sealed record Hdf5Dataspace(long[] Shape, long[] Most, long Count)
{
    private const int MostAxes = 32;

    /// <summary>A shape that stands here.</summary>
    public static Hdf5Dataspace Read(ref Hdf5Cursor cursor)
    {
        int version = cursor.Version(1, 2);
        int axes = cursor.U8();
        if (axes > MostAxes) { throw cursor.Error($"{axes} axes", $"at most {MostAxes} are allowed"); }
        int flags = cursor.U8();
        int kind = cursor.U8();
        if (version == 1) { cursor.Skip(4); }
        if (version == 2 && (kind > 2 || kind != 1 && axes > 0)) { throw cursor.Error($"a dataspace of kind {kind} with {axes} axes"); }
        var shape = new long[axes];
        for (int i = 0; i < axes; i++) { shape[i] = cursor.Count(); }
        long[] most = [.. shape];
        if ((flags & 1) != 0)
        {
            for (int i = 0; i < axes; i++) { most[i] = cursor.CountOrUnlimited(); }
        }

        long count = version == 2 && kind == 2 ? 0 : 1;
        if (Array.IndexOf(shape, 0) >= 0) { return new Hdf5Dataspace(shape, most, 0); }
        foreach (long axis in shape)
        {
            if (count > long.MaxValue / 64 / axis) { throw cursor.Error($"the shape ({string.Join(", ", shape)}) is too large"); }
            count *= axis;
        }

        return new Hdf5Dataspace(shape, most, count);
    }
}
