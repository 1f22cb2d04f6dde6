using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>The sample as a Git repository of one commit.</summary>
internal static class DemoSource
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

    /// <param name="repository">The repository's folder, made anew.</param>
    /// <returns>The commit's full id.</returns>
    public static async Task<string> CommitAsync(string repository, CancellationToken cancellation)
    {
        Directory.CreateDirectory(repository);
        await Tool.RunAsync("cp", ["-R", Samples.Tally + "/.", repository], ToolContext.Default, cancellation);
        var git = Author with { WorkingDirectory = repository };
        await Tool.RunAsync("git", ["init", "-q", "-b", "main"], git, cancellation);
        await Tool.RunAsync("git", ["add", "-A"], git, cancellation);
        await Tool.RunAsync("git", ["commit", "-q", "-m", "tally, first version"], git, cancellation);
        return (await Tool.ReadTextAsync("git", ["rev-parse", "HEAD"], git, cancellation)).Trim();
    }
}
