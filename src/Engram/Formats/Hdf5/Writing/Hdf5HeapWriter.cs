using System.Text;

namespace Engram.Formats.Hdf5;

/// <summary>Puts texts of any length into collections of the global heap.</summary>
internal sealed class Hdf5HeapWriter(Hdf5Buffer buffer)
{
    private const int LeastSize = 4096;
    private const int Head = 16; // of a collection and of an object

    private int collection = -1;
    private int size;
    private int used;
    private int count;

    /// <summary>Stores a text and returns its reference: length, collection, index.</summary>
    public byte[] Add(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length == 0) { return new byte[16]; }
        int needed = Head + Hdf5Buffer.Round8(bytes.Length);
        if (collection < 0 || used + needed > size || count == ushort.MaxValue)
        {
            Finish();
            size = Math.Max(LeastSize, Head + needed);
            collection = buffer.Take(size);
            buffer.Put(collection, new Hdf5Fields().Put("GCOL"u8).U8(1, 0, 0, 0).U64(size).ToArray());
            used = Head;
            count = 0;
        }

        buffer.Put(collection + used, new Hdf5Fields().U16(++count).U16(0).U32(0).U64(bytes.Length).Put(bytes).ToArray());
        used += needed;
        return new Hdf5Fields().U32(bytes.Length).U64(collection).U32(count).ToArray();
    }

    /// <summary>Marks the rest of the last collection as free.</summary>
    public void Finish()
    {
        if (collection >= 0 && size - used >= Head) { buffer.Put64(collection + used + 8, size - used); } // object 0
    }
}
