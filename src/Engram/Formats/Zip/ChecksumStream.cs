namespace Engram.Formats.Zip;

/// <summary>Takes the check sum of what is written as long as it is written from start to end, while it is near the processor.</summary>
/// <param name="target">Where the bytes go.</param>
internal sealed class ChecksumStream(Stream target) : Stream
{
    private ZipChecksum checksum;
    private bool inOrder = true;

    /// <summary>The check sum, or null if anything was not written in order.</summary>
    public uint? CheckSum => inOrder ? checksum.Value : null;

    public override bool CanRead => target.CanRead;

    public override bool CanSeek => target.CanSeek;

    public override bool CanWrite => true;

    public override long Length => target.Length;

    public override long Position
    {
        get => target.Position;
        set
        {
            if (value == target.Position) { return; }
            inOrder = false;
            target.Position = value;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (inOrder) { checksum.Add(buffer); }
        target.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    public override int Read(byte[] buffer, int offset, int count)
    {
        inOrder = false;
        return target.Read(buffer, offset, count);
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        inOrder = false;
        return target.Seek(offset, origin);
    }

    public override void SetLength(long value)
    {
        inOrder = false;
        target.SetLength(value);
    }

    public override void Flush() => target.Flush();
}
