using System.Runtime.InteropServices;

namespace EventSourced.ServiceDefaults.Artifacts;

/// <summary>Where things lie below the store's root, and how a name becomes durable there.</summary>
internal sealed partial class ArtifactFolders
{
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _content;
    private readonly string _temporary;

    public ArtifactFolders(string root)
    {
        root = Path.GetFullPath(root);
        Directory.CreateDirectory(root);
        File.SetUnixFileMode(root, OwnerOnly);
        _content = Directory.CreateDirectory(Path.Combine(root, "sha256")).FullName;
        _temporary = Directory.CreateDirectory(Path.Combine(root, "tmp")).FullName;
        Uploads = Directory.CreateDirectory(Path.Combine(root, "uploads")).FullName;
        Sync(root);
    }

    public string Uploads { get; }

    public string NewTemporaryFile() => Path.Combine(_temporary, Guid.CreateVersion7().ToString("N"));

    public void DropTemporaryFiles(DateTimeOffset olderThan)
    {
        foreach (var file in Directory.EnumerateFiles(_temporary))
        {
            if (File.GetLastWriteTimeUtc(file) < olderThan.UtcDateTime)
                File.Delete(file);
        }
    }

    /// <summary>The artifact's path; null when <paramref name="sha256"/> is no digest.</summary>
    public string? ContentOf(string sha256) => IsDigest(sha256) ? Path.Combine(_content, sha256[..2], sha256) : null;

    /// <summary>Gives a complete, flushed file its digest as its name. An artifact that is already there stays.</summary>
    public void Publish(string file, string sha256)
    {
        var target = Path.Combine(_content, sha256[..2], sha256);
        var folder = Path.Combine(_content, sha256[..2]);
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            Sync(_content);
        }

        File.Move(file, target, overwrite: true);
        Sync(folder);
    }

    public static void Sync(string directory)
    {
        var descriptor = Open(directory, ReadOnlyDirectory);
        if (descriptor < 0)
            throw new IOException($"Cannot open the directory {directory}: {Marshal.GetLastPInvokeErrorMessage()}.");

        var result = Fsync(descriptor);
        var error = Marshal.GetLastPInvokeErrorMessage();
        _ = Close(descriptor);
        if (result is not 0)
            throw new IOException($"Cannot sync the directory {directory}: {error}.");
    }

    private static bool IsDigest(string text) => text.Length is 64 && text.All(char.IsAsciiHexDigitLower);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
