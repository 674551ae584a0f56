namespace Engram.Tests.Training;

/// <summary>A folder that goes with the test.</summary>
/// <param name="inMemory">Whether it need not be on a disk, where there is a place of that kind.</param>
internal sealed class TemporaryFolder(bool inMemory = false) : IDisposable
{
    private readonly DirectoryInfo folder = inMemory && Directory.Exists("/dev/shm")
        ? Directory.CreateDirectory($"/dev/shm/engram-{Guid.NewGuid():N}") : Directory.CreateTempSubdirectory("engram-");

    public string Path => folder.FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => folder.Delete(recursive: true);
}
