using EventSourced.Workers.Adapters.Git;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>One claimed task from its source to its report.</summary>
public sealed class TaskRun(MasterClient master, ArtifactUploader uploader, GitFetch git, DebBuild build, IOptions<NodeOptions> options, TimeProvider time)
{
    /// <exception cref="OperationCanceledException">The task was taken away or the host stops; nothing is reported.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached or refuses; the task returns to the queue by our silence.</exception>
    public async Task<ReportAnswer> RunAsync(NodeTask task, Func<Task> onLost, CancellationToken cancellation)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.Value.WorkPath, $"{task.Id}-{task.Attempt}-{Guid.CreateVersion7():N}"));
        try
        {
            var name = $"albs.{task.Id}.{time.GetUtcNow().ToUnixTimeSeconds()}.log";
            await using var log = new BuildLog(Path.Combine(folder.FullName, name), options.Value.LogBytes, async (offset, bytes, token) =>
            {
                var held = await master.WriteLogAsync(task, offset, bytes, token);
                if (!held)
                    await onLost();

                return held;
            });
            var report = await WorkAsync(task, folder.FullName, log, cancellation);
            return await master.ReportAsync(report, task.Attempt, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<BuildReport> WorkAsync(NodeTask task, string folder, BuildLog log, CancellationToken cancellation)
    {
        var steps = new Dictionary<string, StepStatistics>();
        var started = time.GetUtcNow();
        var (commit, packages) = await BuildAsync(task, folder, log, steps, cancellation);
        log.WriteLine(packages is null ? "Failed." : $"Built {packages.Count} packages.");
        await log.CompleteAsync(cancellation);

        var uploading = time.GetUtcNow();
        var artifacts = new List<ReportedArtifact>();
        foreach (var package in packages ?? [])
            artifacts.Add(await uploader.UploadAsync(package, "deb", cancellation));

        artifacts.Add(await uploader.UploadAsync(log.Path, "build_log", cancellation));
        steps["upload"] = StepStatistics.Of(uploading, time.GetUtcNow());
        steps["build_node_task"] = StepStatistics.Of(started, time.GetUtcNow());
        return new BuildReport(task.Id, packages is null ? "failed" : "done", artifacts, steps, commit);
    }

    /// <returns>The commit, once it is fetched, and the packages; null when the build failed, with the reason in the log.</returns>
    private async Task<(string? Commit, IReadOnlyList<string>? Packages)> BuildAsync(
        NodeTask task, string folder, BuildLog log, Dictionary<string, StepStatistics> steps, CancellationToken cancellation)
    {
        string? commit = null;
        try
        {
            if (task.Platform.Type is not "deb")
                throw new BuildResultException($"This node builds deb packages; the platform {task.Platform.Name} is of type {task.Platform.Type}.");

            var source = GitSource.Parse(task.Ref.Url, task.Ref.GitCommitHash ?? task.Ref.GitRef, task.Ref.RefType);
            log.WriteLine($"Task {task.Id} of build {task.BuildId}, attempt {task.Attempt}: {source.Address} {task.Ref.GitRef ?? "HEAD"} for {task.Platform.Name} {task.Arch}");
            var fetching = time.GetUtcNow();
            var tar = Path.Combine(folder, "source.tar");
            commit = await git.FetchAsync(source, tar, log.WriteAsync, cancellation);
            log.WriteLine($"Commit {commit}");
            var building = time.GetUtcNow();
            steps["git_checkout"] = StepStatistics.Of(fetching, building);

            var packages = await build.RunAsync(tar, folder, task.Platform.Timeout, log, cancellation);
            steps["build_binaries"] = StepStatistics.Of(building, time.GetUtcNow());
            return (commit, packages is { Count: 0 } ? throw new BuildResultException("The build made no package.") : packages);
        }
        catch (Exception e) when (e is GitFetchException or BuildResultException)
        {
            log.WriteLine(e.Message);
            return (commit, null);
        }
    }
}
