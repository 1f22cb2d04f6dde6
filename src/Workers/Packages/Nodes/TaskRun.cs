using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Downloads;
using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Packages.Nodes.Dependencies;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>One claimed task from its source to its report.</summary>
public sealed class TaskRun(
    MasterClient master, ArtifactUploader uploader, TaskSources sources, PackageBuild build, IOptions<NodeOptions> options, TimeProvider time)
{
    /// <exception cref="OperationCanceledException">The task was taken away or the host stops; nothing is reported.</exception>
    /// <exception cref="ContainerEngineException">The container engine does not answer; nothing is reported.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached or refuses; the task returns to the queue by our silence.</exception>
    public async Task<ReportAnswer> RunAsync(NodeTask task, Func<Task> onLost, CancellationToken cancellation)
    {
        using var folder = WorkFolder.In(options.Value.WorkPath, $"{task.Id}-{task.Attempt}-");
        var name = $"albs.{task.Id}.{time.GetUtcNow().ToUnixTimeSeconds()}.log";
        await using var log = new BuildLog(Path.Combine(folder.Path, name), options.Value.LogBytes, async (offset, bytes, token) =>
        {
            var held = await master.WriteLogAsync(task, offset, bytes, token);
            if (!held)
                await onLost();

            return held;
        });
        var report = await WorkAsync(task, folder.Path, log, cancellation);
        return await master.ReportAsync(report, task.Attempt, cancellation);
    }

    private async Task<BuildReport> WorkAsync(NodeTask task, string folder, BuildLog log, CancellationToken cancellation)
    {
        var steps = new Dictionary<string, StepStatistics>();
        var started = time.GetUtcNow();
        var (commit, outcome, logs) = await BuildAsync(task, folder, log, steps, cancellation);
        log.WriteLine(outcome.Status is "done" ? $"Built {outcome.Files.Count} files." : $"The task is {outcome.Status}.");
        await log.CompleteAsync(cancellation);

        var uploading = time.GetUtcNow();
        var artifacts = new List<ReportedArtifact>();
        foreach (var file in outcome.Files)
            artifacts.Add(await uploader.UploadAsync(file, Path.GetExtension(file) is ".rpm" ? "rpm" : "deb", cancellation));

        foreach (var file in logs.Append(log.Path))
            artifacts.Add(await uploader.UploadAsync(file, "build_log", cancellation));

        steps["upload"] = StepStatistics.Of(uploading, time.GetUtcNow());
        steps["build_node_task"] = StepStatistics.Of(started, time.GetUtcNow());
        return new BuildReport(task.Id, outcome.Status, artifacts, steps, commit);
    }

    /// <returns>The commit, once it is fetched; what came out, with the reason of a failure in the log; the logs beside ours.</returns>
    private async Task<(string? Commit, BuildOutcome Outcome, IReadOnlyList<string> Logs)> BuildAsync(
        NodeTask task, string folder, BuildLog log, Dictionary<string, StepStatistics> steps, CancellationToken cancellation)
    {
        FetchedSource? source = null;
        List<string> logs = [];
        try
        {
            log.WriteLine($"Task {task.Id} of build {task.BuildId}, attempt {task.Attempt}: {task.Ref.Url} for {task.Platform.Name} {task.Arch}");
            var fetching = time.GetUtcNow();
            source = await sources.FetchAsync(task, folder, log, cancellation);
            var (building, begin) = (time.GetUtcNow(), log.Length);
            steps["git_checkout"] = StepStatistics.Of(fetching, building);

            var outcome = await build.RunAsync(task, source, folder, log, cancellation);
            steps[task.Stage is BuildStage.Source ? "build_srpm" : "build_binaries"] = StepStatistics.Of(building, time.GetUtcNow());
            if (task.Platform.Type is "rpm")
                logs.Add(await CopyBuildLogAsync(task, folder, log, begin, cancellation));

            return (source.Commit, outcome, logs);
        }
        catch (Exception e) when (e is GitFetchException or DownloadException or BuildDependencyException or BuildResultException
            or ContainerEngineException { IsUnavailable: false })
        {
            log.WriteLine(e.Message);
            return (source?.Commit, BuildOutcome.Failed, logs);
        }
    }

    /// <summary>The build's own output under the name by which people look for it (albs 8.5).</summary>
    private async Task<string> CopyBuildLogAsync(NodeTask task, string folder, BuildLog log, long begin, CancellationToken cancellation)
    {
        var kind = task.Stage is BuildStage.Source ? ".srpm" : "";
        var path = Path.Combine(folder, $"mock_build{kind}.{task.Id}.{time.GetUtcNow().ToUnixTimeSeconds()}.log");
        await log.CopyAsync(begin, path, cancellation);
        return path;
    }
}
