namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>An advisory lock (flock) on a file; the kernel drops it when the process ends, however it ends, and children do not inherit it.</summary>
public sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly FileStream file;

    private FileLock(FileStream file) => this.file = file;

    /// <summary>Null when somebody holds the file in any way.</summary>
    public static FileLock? TryExclusive(string path) => TryOpen(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <summary>As <see cref="TryExclusive"/>, of a file that is there.</summary>
    /// <exception cref="FileNotFoundException">It is not.</exception>
    public static FileLock? TryExclusiveOfExisting(string path) => TryOpen(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

    public static Task<FileLock> ExclusiveAsync(string path, CancellationToken cancellation) =>
        RetryAsync(() => TryExclusive(path), cancellation);

    /// <summary>Any number may share it; waits for an exclusive holder.</summary>
    public static Task<FileLock> SharedAsync(string path, CancellationToken cancellation) =>
        RetryAsync(() => TryOpen(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read), cancellation);

    public void Dispose() => file.Dispose();

    private static async Task<FileLock> RetryAsync(Func<FileLock?> attempt, CancellationToken cancellation)
    {
        while (true)
        {
            if (attempt() is { } held)
                return held;
            await Task.Delay(Pause, cancellation);
        }
    }

    // .NET takes LOCK_EX for FileShare.None and LOCK_SH for the others, without waiting; "held by another" arrives as the errno EWOULDBLOCK.
    private static FileLock? TryOpen(string path, FileMode mode, FileAccess access, FileShare share)
    {
        const int WouldBlock = 11;
        try
        {
            return new FileLock(new FileStream(path, new FileStreamOptions
            {
                Mode = mode,
                Access = access,
                Share = share,
                UnixCreateMode = mode is FileMode.Open ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }));
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            return null;
        }
    }
}
