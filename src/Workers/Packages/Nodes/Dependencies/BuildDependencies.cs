using System.Text;
using EventSourced.Workers.Adapters.Downloads;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Adapters.Sandbox;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes.Dependencies;

/// <summary>
/// Brings what a build needs and its sandbox does not have from the task's repositories, as a layer over the sandbox's files that only this build sees. Packages are
/// fetched with the tools of this machine, isolated, by way of a gateway of ours; no script of theirs runs, and the build itself has no network.
/// </summary>
public sealed class BuildDependencies(
    Bubblewrap machine, IOptions<NodeOptions> node, IOptions<GitOptions> git, IOptions<SandboxOptions> limits, TimeProvider time)
{
    private const string Frame = """
        exec 3>&1 >&2
        BUILD
        build "$@"
        """;

    private const int LongestList = 1 << 20;
    private const int MostDependencies = 2_000;
    private const int LongestKey = 256 << 10;
    private const string KeyPath = "key.asc";

    /// <param name="task">What is built.</param>
    /// <param name="source">Its source.</param>
    /// <param name="sandbox">Where it is built: it says what is there and what is missing.</param>
    /// <param name="folder">Gets what is fetched.</param>
    /// <param name="log">Gets what the package manager says.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>Null when nothing is missing.</returns>
    /// <exception cref="BuildDependencyException">Something cannot be had.</exception>
    public async Task<SandboxLayer?> FetchAsync(NodeTask task, FetchedSource source, ISandbox sandbox, string folder, BuildLog log, CancellationToken cancellation)
    {
        NodeTaskRepository[] repositories = [.. task.Repositories?.Where(repository => repository.MockEnabled) ?? []];
        if (task.Stage is BuildStage.Source || repositories is [] || PackageKind.For(task, source.Kind) is not { } kind)
            return null;

        var missing = await MissingAsync(kind, source, sandbox, Path.Combine(folder, "missing"), cancellation);
        if (missing is [])
            return null;

        log.WriteLine($"Build dependencies that are looked for in the task's repositories: {string.Join(", ", missing)}");
        var archive = Path.Combine(folder, "dependencies.tar");
        var installed = await InstalledAsync(kind, sandbox, Path.Combine(folder, "installed"), log, cancellation);
        await FetchAsync(kind, repositories, missing, installed, archive, log, cancellation);
        return new SandboxLayer(archive, kind.Unpack);
    }

    /// <returns>None as well where the source cannot be looked at: then the build ends with the reason.</returns>
    private async Task<IReadOnlyList<string>> MissingAsync(PackageKind kind, FetchedSource source, ISandbox sandbox, string path, CancellationToken cancellation)
    {
        var result = await sandbox.RunAsync(
            new SandboxCommand(Frame.Replace("BUILD", kind.Missing.Build, StringComparison.Ordinal), kind.Missing.Arguments, path)
            {
                InputFile = source.TarFile, WallTime = git.Value.FetchTime,
            },
            cancellation);
        if (!result.Succeeded)
            return [];

        if (new FileInfo(path).Length > LongestList)
            throw new BuildDependencyException("The list of build dependencies is too long.");

        var missing = kind.Parse(await File.ReadAllTextAsync(path, cancellation));
        return missing.Count <= MostDependencies && !missing.Any(need => need.StartsWith('-'))
            ? missing
            : throw new BuildDependencyException("The list of build dependencies is too long, or one of them is no name.");
    }

    /// <returns>The file that says to the package manager what is there.</returns>
    private async Task<string> InstalledAsync(PackageKind kind, ISandbox sandbox, string path, BuildLog log, CancellationToken cancellation)
    {
        var result = await sandbox.RunAsync(new SandboxCommand(kind.Installed, [], path) { WallTime = git.Value.FetchTime, Log = log.WriteAsync }, cancellation);
        return result.Succeeded ? path : throw new BuildDependencyException("What is installed where the package is built could not be read.");
    }

    private async Task FetchAsync(
        PackageKind kind, IReadOnlyList<NodeTaskRepository> repositories, IReadOnlyList<string> missing, string installed, string archive, BuildLog log,
        CancellationToken cancellation)
    {
        using var client = new RepositoryClient(new Uri(node.Value.MasterUrl, "/pulp/content/"), git.Value.PrivateHosts);
        var found = await FindInTimeAsync(client, kind, repositories, log, cancellation);
        await using var gateway = await RepositoryGateway.StartAsync([.. found.Select(one => one.Url)], client, limits.Value.WorkspaceBytes, cancellation);
        DependencySource[] sources = [.. found.Select((one, number) => new DependencySource(gateway.AddressOf(number), one.Key, one.Repository.Priority))];
        var result = await machine.RunAsync(
            new SandboxCommand(
                kind.Fetch,
                [kind.Configuration(gateway.Address), kind.Repositories(sources), $"{sources.Length}", .. sources.Select(source => source.Key ?? ""), .. missing],
                archive)
            { InputFile = installed, Network = SandboxNetwork.Host, User = SandboxUser.Root, WallTime = git.Value.FetchTime, Log = log.WriteAsync },
            cancellation);
        if (!result.Succeeded)
            throw new BuildDependencyException(Reason(result, gateway.Refusal, missing));
    }

    private static string Reason(SandboxResult result, string? refusal, IReadOnlyList<string> missing) =>
        $"Missing build dependencies: {string.Join(", ", missing)}. "
        + (refusal ?? (result.TimedOut ? "Fetching them took too long." : "Neither this machine nor the task's repositories gave all of them."));

    private async Task<IReadOnlyList<(NodeTaskRepository Repository, Uri Url, string? Key)>> FindInTimeAsync(
        RepositoryClient client, PackageKind kind, IReadOnlyList<NodeTaskRepository> repositories, BuildLog log, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(git.Value.FetchTime, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            return await FindAsync(client, kind, repositories, log, end.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new DownloadException($"The task's repositories could not be read within {git.Value.FetchTime}.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new DownloadException($"The task's repositories could not be read: {e.Message}");
        }
    }

    /// <summary>Those that have an index. One that was never published has none, and no packages either.</summary>
    private static async Task<IReadOnlyList<(NodeTaskRepository Repository, Uri Url, string? Key)>> FindAsync(
        RepositoryClient client, PackageKind kind, IReadOnlyList<NodeTaskRepository> repositories, BuildLog log, CancellationToken cancellation)
    {
        List<(NodeTaskRepository, Uri, string?)> found = [];
        foreach (var repository in repositories)
        {
            if (!Uri.TryCreate(repository.Url.TrimEnd('/') + "/", UriKind.Absolute, out var url))
                throw new DownloadException($"The repository {repository.Name} has no absolute URL.");

            if (await ReadAsync(client, new Uri(url, kind.Index), LongestList, cancellation) is null)
                log.WriteLine($"The repository {repository.Name} has no index.");
            else
                found.Add((repository, url, await ReadAsync(client, new Uri(url, KeyPath), LongestKey, cancellation)));
        }

        return found;
    }

    /// <returns>Null when it is not there.</returns>
    private static async Task<string?> ReadAsync(RepositoryClient client, Uri url, int limitBytes, CancellationToken cancellation)
    {
        using var answer = await client.GetAsync(url, cancellation);
        if (answer.StatusCode is System.Net.HttpStatusCode.NotFound)
            return null;

        if (!answer.IsSuccessStatusCode)
            throw new DownloadException($"{url} answered {(int)answer.StatusCode}.");

        await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[limitBytes];
        var length = await body.ReadAtLeastAsync(buffer, limitBytes, throwOnEndOfStream: false, cancellation);
        return length < limitBytes ? Encoding.UTF8.GetString(buffer, 0, length) : throw new DownloadException($"{url} is longer than {limitBytes} bytes.");
    }
}
