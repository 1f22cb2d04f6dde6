using EventSourced.ServiceDefaults.Postgres;

namespace EventSourced.Workers.Adapters.Files;

/// <summary>A folder for one piece of work, gone when it is disposed. What a killed process left is removed by the next one that works beside it, or by <see cref="AbandonedWork"/>.</summary>
public sealed class WorkFolder : IDisposable
{
    private const string Mark = ".at-work";

    private readonly FileLock alive;

    private WorkFolder(string path, FileLock alive) => (Path, this.alive) = (path, alive);

    public string Path { get; }

    /// <param name="parent">Made when it is missing. Nothing in it is touched but folders of this kind.</param>
    /// <param name="name">How its name begins; the rest is like no other.</param>
    public static WorkFolder In(string parent, string name = "")
    {
        RemoveAbandoned(parent);
        while (true)
        {
            // The lock before the folder. Somebody may take the fresh mark for an abandoned one: then he has the lock, or the mark that was locked is no longer there.
            var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(parent, $"{name}{Guid.CreateVersion7():N}"));
            if (FileLock.TryExclusive(path + Mark) is not { } alive)
                continue;

            if (File.Exists(path + Mark))
                return new WorkFolder(Directory.CreateDirectory(path).FullName, alive);

            alive.Dispose();
        }
    }

    /// <exception cref="IOException">The parent cannot be made.</exception>
    internal static void RemoveAbandoned(string parent)
    {
        foreach (var mark in Directory.EnumerateFiles(Directory.CreateDirectory(parent).FullName, $"*{Mark}"))
        {
            try
            {
                using var abandoned = FileLock.TryExclusiveOfExisting(mark);
                if (abandoned is not null)
                    Remove(mark[..^Mark.Length]);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody else's, or what the killed process started still writes into it: then it is for the next one.
            }
        }
    }

    public void Dispose()
    {
        using (alive)
            Remove(Path);
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);

        File.Delete(path + Mark);
    }
}
