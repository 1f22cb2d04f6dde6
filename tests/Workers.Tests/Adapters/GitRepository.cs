using System.Text;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Commands.Demo;

namespace EventSourced.Workers.Tests.Adapters;

/// <summary>A real repository served over HTTP on the loopback address.</summary>
public sealed class GitRepository : IAsyncDisposable
{
    private static readonly ToolContext Author = new()
    {
        Environment = new Dictionary<string, string>
        {
            ["GIT_AUTHOR_NAME"] = "Ann", ["GIT_AUTHOR_EMAIL"] = "ann@example.org", ["GIT_COMMITTER_NAME"] = "Ann", ["GIT_COMMITTER_EMAIL"] = "ann@example.org",
            ["GIT_CONFIG_NOSYSTEM"] = "1", ["GIT_CONFIG_GLOBAL"] = "/dev/null",
        },
    };

    private readonly TemporaryFolder _folder = new();
    private readonly GitHttpServer _server;

    private GitRepository(TemporaryFolder folder, GitHttpServer server) => (_folder, _server) = (folder, server);

    public string Url => $"{_server.Address}source/.git";

    public string Folder => _folder["source"];

    public static async Task<GitRepository> StartAsync()
    {
        var folder = new TemporaryFolder();
        var repository = new GitRepository(folder, await GitHttpServer.StartAsync(folder.Path, TestContext.Current.CancellationToken));
        Directory.CreateDirectory(repository.Folder);
        await repository.GitAsync("init", "-q", "-b", "main");
        return repository;
    }

    /// <summary>Commits these files (path and content; an executable one when it starts with <c>#!</c>).</summary>
    /// <returns>The commit's id.</returns>
    public async Task<string> CommitAsync(params (string Path, string Content)[] files)
    {
        foreach (var (path, content) in files)
        {
            var file = Path.Combine(Folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
            if (content.StartsWith("#!", StringComparison.Ordinal))
                File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
        }

        await GitAsync("add", "-A");
        await GitAsync("commit", "-q", "--allow-empty", "-m", "change");
        return await GitAsync("rev-parse", "HEAD");
    }

    public async Task<string> GitAsync(params string[] arguments) =>
        Encoding.UTF8.GetString(await Tool.RunAsync("git", arguments, Author with { WorkingDirectory = Folder }, TestContext.Current.CancellationToken)).Trim();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
