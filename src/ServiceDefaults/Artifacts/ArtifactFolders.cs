using System.Runtime.InteropServices;

namespace EventSourced.ServiceDefaults.Artifacts;

/// <summary>Where things lie below the store's root, and how a name becomes durable there.</summary>
internal sealed partial class ArtifactFolders
{
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _content;
    private readonly string _temporary;
    private readonly string _aside;
    private readonly TimeProvider _time;

    public ArtifactFolders(string root, TimeProvider time)
    {
        _time = time;
        root = Path.GetFullPath(root);
        Directory.CreateDirectory(root);
        File.SetUnixFileMode(root, OwnerOnly);
        _content = Directory.CreateDirectory(Path.Combine(root, "sha256")).FullName;
        _temporary = Directory.CreateDirectory(Path.Combine(root, "tmp")).FullName;
        _aside = Directory.CreateDirectory(Path.Combine(root, "aside")).FullName;
        Uploads = Directory.CreateDirectory(Path.Combine(root, "uploads")).FullName;
        Sync(root);
    }

    public string Uploads { get; }

    public string NewTemporaryFile() => Path.Combine(_temporary, Guid.CreateVersion7().ToString("N"));

    /// <returns>Bytes freed.</returns>
    public long DropTemporaryFiles(DateTimeOffset olderThan) =>
        new DirectoryInfo(_temporary).EnumerateFiles().Where(file => file.LastWriteTimeUtc < olderThan.UtcDateTime).Sum(Delete);

    /// <summary>The artifact's path; null when <paramref name="sha256"/> is no digest.</summary>
    public string? ContentOf(string sha256) => IsDigest(sha256) ? Path.Combine(_content, sha256[..2], sha256) : null;

    /// <summary>Where the artifact may be. What was set aside may have been taken back just now, so the first place comes again.</summary>
    public IEnumerable<string> PlacesOf(string sha256) => ContentOf(sha256) is { } content ? [content, AsideOf(sha256), content] : [];

    /// <summary>Gives a complete, flushed file its digest as its name. An artifact that is already there stays.</summary>
    public void Publish(string file, string sha256)
    {
        File.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime);
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

    /// <summary>The artifact counts as put now. False when there is none.</summary>
    public bool Touch(string sha256)
    {
        if (ContentOf(sha256) is not { } content)
            return false;

        return TryTouch(content) || TakeBack(sha256) || TryTouch(content);
    }

    /// <summary>Files that are neither put nor touched since, those among them that an interrupted collection has left aside.</summary>
    public IEnumerable<FileInfo> Untouched(DateTimeOffset since) =>
        new DirectoryInfo(_aside).EnumerateFiles().Concat(new DirectoryInfo(_content).EnumerateFiles("*", SearchOption.AllDirectories))
            .Where(file => file.LastWriteTimeUtc < since.UtcDateTime && IsDigest(file.Name));

    /// <summary>Out of the way of whoever puts the same bytes again; readers still find it. False when it is not there.</summary>
    public bool SetAside(string sha256)
    {
        if (ContentOf(sha256) is not { } content)
            return false;

        try
        {
            File.Move(content, AsideOf(sha256), overwrite: true);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return File.Exists(AsideOf(sha256));
        }

        return true;
    }

    public bool IsAsideUntouched(string sha256, DateTimeOffset since) =>
        new FileInfo(AsideOf(sha256)) is { Exists: true } file && file.LastWriteTimeUtc < since.UtcDateTime;

    /// <summary>To its place, as if put now. False when it is gone, or somebody else was faster.</summary>
    public bool TakeBack(string sha256)
    {
        try
        {
            File.SetLastWriteTimeUtc(AsideOf(sha256), _time.GetUtcNow().UtcDateTime);
            File.Move(AsideOf(sha256), Path.Combine(_content, sha256[..2], sha256), overwrite: true);
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        return true;
    }

    /// <returns>Bytes freed.</returns>
    public long DeleteAside(string sha256) => new FileInfo(AsideOf(sha256)) is { Exists: true } file ? Delete(file) : 0;

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

    private bool TryTouch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }

        return true;
    }

    private string AsideOf(string sha256) => Path.Combine(_aside, sha256);

    private static long Delete(FileInfo file)
    {
        var bytes = file.Length;
        file.Delete();
        return bytes;
    }

    private static bool IsDigest(string text) => text.Length is 64 && text.All(char.IsAsciiHexDigitLower);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
