using System.Runtime.InteropServices;

namespace Engram;

/// <summary>
/// Puts a folder's entries on the disk, so that a file that was renamed has its new name after a power loss too. .NET opens no folders, so
/// the system is called; where it cannot be, or the file system knows no such thing, the rename alone has to do.
/// </summary>
internal static partial class FolderSync
{
    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux()) { return; }
        int descriptor = Open(folder, 0); // O_RDONLY
        if (descriptor < 0) { return; }
        _ = Sync(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
