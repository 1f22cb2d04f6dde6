using System.Text.Json;
using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Downloads;
using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Packages.Nodes.Dependencies;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>One claimed task from its source to its report.</summary>
public sealed class TaskRun(
    MasterClient master, ArtifactUploader uploader, TaskSources sources, PackageBuild build, IOptions<NodeOptions> options, TimeProvider time, ILogger<TaskRun> nodeLog)
{
    /// <exception cref="OperationCanceledException">The task was taken away or the host stops; nothing is reported.</exception>
    /// <exception cref="ContainerEngineException">The container engine does not answer; nothing is reported.</exception>
    /// <exception cref="MasterRefusedException">The server refuses even the report that it refused something; nothing is reported.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached or refuses; the task returns to the queue by our silence.</exception>
    /// <exception cref="IOException">The work folder cannot be used; nothing is reported.</exception>
    public async Task<ReportAnswer> RunAsync(NodeTask task, Func<Task> onLost, CancellationToken cancellation)
    {
        using var folder = WorkFolder.In(options.Value.WorkPath, $"{task.Id}-{task.Attempt}-");
        var name = $"albs.{task.Id}.{time.GetUtcNow().ToUnixTimeSeconds()}.log";
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var log = new BuildLog(Path.Combine(folder.Path, name), options.Value.LogBytes, async (offset, bytes, token) =>
        {
            try
            {
                var held = await master.WriteLogAsync(task, offset, bytes, token);
                if (!held)
                    await onLost();

                return held;
            }
            catch (MasterRefusedException)
            {
                await end.CancelAsync();
                throw;
            }
        });
        var work = new Work(task, folder.Path, log, time.GetUtcNow());
        try
        {
            return await DeliverAsync(work, await BuildAsync(work, end, cancellation), cancellation);
        }
        catch (MasterRefusedException e)
        {
            log.Reopen();
            log.WriteLine(e.Message);
            return await DeliverAsync(work, BuildOutcome.Failed, cancellation);
        }
    }

    private async Task<ReportAnswer> DeliverAsync(Work work, BuildOutcome outcome, CancellationToken cancellation)
    {
        var (task, log, steps) = (work.Task, work.Log, work.Steps);
        log.WriteLine(outcome.Status is "done" ? $"Built {outcome.Files.Count} files." : $"The task is {outcome.Status}.");
        await log.CompleteAsync(cancellation);

        var uploading = time.GetUtcNow();
        var artifacts = new List<ReportedArtifact>();
        foreach (var file in outcome.Files)
            artifacts.Add(await uploader.UploadAsync(file, Path.GetExtension(file) is ".rpm" ? "rpm" : "deb", cancellation));

        foreach (var file in work.Logs.Append(log.Path))
            artifacts.Add(await uploader.UploadAsync(file, "build_log", cancellation));

        steps["upload"] = StepStatistics.Of(uploading, time.GetUtcNow());
        steps["build_node_task"] = StepStatistics.Of(work.Started, time.GetUtcNow());
        return await master.ReportAsync(new BuildReport(task.Id, outcome.Status, artifacts, steps, work.Commit), task.Attempt, cancellation);
    }

    /// <summary>Builds until the server refuses the log.</summary>
    /// <returns>What came out, with the reason of a failure in the log.</returns>
    private async Task<BuildOutcome> BuildAsync(Work work, CancellationTokenSource end, CancellationToken cancellation)
    {
        try
        {
            return await BuildAsync(work, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return BuildOutcome.Failed; // the log's end has the refusal
        }
    }

    private async Task<BuildOutcome> BuildAsync(Work work, CancellationToken cancellation)
    {
        var (task, folder, log) = (work.Task, work.Folder, work.Log);
        try
        {
            log.WriteLine($"Task {task.Id} of build {task.BuildId}, attempt {task.Attempt}: {task.Ref.Url} for {task.Platform.Name} {task.Arch}");
            var fetching = time.GetUtcNow();
            var source = await sources.FetchAsync(task, folder, log, cancellation);
            work.Commit = source.Commit;
            var (building, begin) = (time.GetUtcNow(), log.Length);
            work.Steps["git_checkout"] = StepStatistics.Of(fetching, building);

            var outcome = await build.RunAsync(task, source, folder, log, cancellation);
            work.Steps[task.Stage is BuildStage.Source ? "build_srpm" : "build_binaries"] = StepStatistics.Of(building, time.GetUtcNow());
            if (task.Platform.Type is "rpm")
                work.Logs.Add(await CopyBuildLogAsync(task, folder, log, begin, cancellation));

            return outcome;
        }
        catch (Exception e) when (e is GitFetchException or DownloadException or BuildDependencyException or BuildResultException
            or ContainerEngineException { IsUnavailable: false })
        {
            log.WriteLine(e.Message);
            return BuildOutcome.Failed;
        }
        catch (Exception e) when (!IsOfTheNode(e))
        {
            nodeLog.TaskNotUnderstood(task.Id, task.Attempt, e);
            log.WriteLine($"The node could not make sense of it: {e.GetType().Name}, {e.Message}");
            return BuildOutcome.Failed;
        }
    }

    /// <summary>Whether it may come to pass with any task, and be over when this one is tried again.</summary>
    private static bool IsOfTheNode(Exception e) =>
        e is OperationCanceledException or HttpRequestException or ContainerEngineException or IOException or UnauthorizedAccessException or JsonException;

    /// <summary>The build's own output under the name by which people look for it (albs 8.5).</summary>
    private async Task<string> CopyBuildLogAsync(NodeTask task, string folder, BuildLog log, long begin, CancellationToken cancellation)
    {
        var kind = task.Stage is BuildStage.Source ? ".srpm" : "";
        var path = Path.Combine(folder, $"mock_build{kind}.{task.Id}.{time.GetUtcNow().ToUnixTimeSeconds()}.log");
        await log.CopyAsync(begin, path, cancellation);
        return path;
    }

    /// <summary>What is known of a run beside its outcome.</summary>
    private sealed record Work(NodeTask Task, string Folder, BuildLog Log, DateTimeOffset Started)
    {
        /// <summary>Once it is fetched.</summary>
        public string? Commit { get; set; }

        /// <summary>The logs beside ours.</summary>
        public List<string> Logs { get; } = [];

        public Dictionary<string, StepStatistics> Steps { get; } = [];
    }
}
