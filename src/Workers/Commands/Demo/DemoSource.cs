using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>A sample as a Git repository.</summary>
internal sealed class DemoSource
{
    private static readonly ToolContext Author = new()
    {
        Environment = new Dictionary<string, string>
        {
            ["GIT_AUTHOR_NAME"] = "Demo", ["GIT_AUTHOR_EMAIL"] = "demo@eventsourced.example",
            ["GIT_COMMITTER_NAME"] = "Demo", ["GIT_COMMITTER_EMAIL"] = "demo@eventsourced.example",
            ["GIT_CONFIG_NOSYSTEM"] = "1", ["GIT_CONFIG_GLOBAL"] = "/dev/null",
        },
    };

    private readonly string _folder;

    private DemoSource(string folder, string commit) => (_folder, Commit) = (folder, commit);

    /// <summary>The newest commit's full id.</summary>
    public string Commit { get; private set; }

    /// <param name="sample">What the first commit holds.</param>
    /// <param name="repository">The repository's folder, made anew.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task<DemoSource> CreateAsync(string sample, string repository, CancellationToken cancellation)
    {
        Directory.CreateDirectory(repository);
        await Tool.RunAsync("cp", ["-R", sample + "/.", repository], ToolContext.Default, cancellation);
        var source = new DemoSource(repository, "");
        await source.GitAsync(["init", "-q", "-b", "main"], cancellation);
        await source.CommitAsync("First version", cancellation);
        return source;
    }

    /// <summary>A commit with another version.</summary>
    /// <param name="file">Which file says it.</param>
    /// <param name="change">Its new text from the old.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task ChangeAsync(string file, Func<string, string> change, CancellationToken cancellation)
    {
        var path = Path.Combine(_folder, file);
        await File.WriteAllTextAsync(path, change(await File.ReadAllTextAsync(path, cancellation)), cancellation);
    }

    public async Task CommitAsync(string message, CancellationToken cancellation)
    {
        await GitAsync(["add", "-A"], cancellation);
        await GitAsync(["commit", "-q", "-m", message], cancellation);
        Commit = (await Tool.ReadTextAsync("git", ["rev-parse", "HEAD"], Author with { WorkingDirectory = _folder }, cancellation)).Trim();
    }

    private Task<byte[]> GitAsync(string[] arguments, CancellationToken cancellation) => Tool.RunAsync("git", arguments, Author with { WorkingDirectory = _folder }, cancellation);
}
