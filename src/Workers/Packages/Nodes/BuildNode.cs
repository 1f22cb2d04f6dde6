using System.Net;
using System.Text.Json;
using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Sandbox;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>
/// The built-in build node: asks for tasks, works on as many as it has places, says every few seconds that it lives. When the host stops it takes no more,
/// lets the running ones finish for a while, then ends them and hands them back to the queue.
/// </summary>
internal sealed class BuildNode(
    MasterClient master, TaskRun runs, Bubblewrap machine, ContainerEngine engine, IOptions<NodeOptions> options, TimeProvider time, ILogger<BuildNode> log)
    : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HandBackTime = TimeSpan.FromSeconds(5);

    private readonly ActiveTasks _active = new();
    private int _engineSilent;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (NodeTools.Missing(images: engine.IsConfigured) is { Count: > 0 } missing)
        {
            log.NodeDisabled(string.Join(", ", missing));
            return;
        }

        machine.RemoveAbandonedGroups();
        await WarnOfLimitsAsync();
        using var grace = new CancellationTokenSource();
        using var pings = new CancellationTokenSource();
        await using var stopping = stoppingToken.Register(() => grace.CancelAfter(options.Value.ShutdownGrace));
        log.NodeStarted(options.Value.MasterUrl, string.Join(' ', options.Value.Arches), options.Value.Capacity);
        var pinging = PingAsync(pings.Token);
        await Task.WhenAll(Enumerable.Range(0, options.Value.Capacity).Select(_ => WorkAsync(grace.Token, stoppingToken)));
        await pings.CancelAsync();
        await pinging;
    }

    private async Task WarnOfLimitsAsync()
    {
        var limits = await machine.FindGroupLimitsAsync();
        if (limits is GroupLimits.None)
            log.WithoutGroups();
        else if (limits is GroupLimits.AllButProcessors)
            log.ProcessorsUnlimited();
    }

    private async Task WorkAsync(CancellationToken end, CancellationToken stopping)
    {
        var pause = FirstPause;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var asked = time.GetTimestamp();
                if (await AskAsync(stopping) is { } task)
                    await Task.Delay(await RunAsync(task, end), time, stopping);
                else if (time.GetElapsedTime(asked) < FirstPause)
                    await Task.Delay(FirstPause, time, stopping); // a server that does not hold the question open

                pause = FirstPause;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) // whatever it was: one answer or one task must not end the host, which does other work as well
            {
                Say(e);
                await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private void Say(Exception failure)
    {
        if (failure is HttpRequestException or IOException or JsonException or TaskCanceledException)
            log.MasterUnavailable(failure.Message);
        else if (failure is not ContainerEngineException)
            log.NodeStumbled(failure);
        else if (Interlocked.Exchange(ref _engineSilent, 1) is 0)
            log.EngineUnavailable(failure.Message);
    }

    /// <summary>Without its engine a node could only fail or hand back what it got.</summary>
    private async Task<NodeTask?> AskAsync(CancellationToken stopping)
    {
        if (!NodeToken.IsPresent(options.Value))
            return null;

        if (engine.IsConfigured)
            await engine.PingAsync(stopping);

        _engineSilent = 0;
        return await master.GetTaskAsync(options.Value, stopping);
    }

    /// <returns>How long to wait before the next question: where this node cannot finish a task, it would get the same one again at once.</returns>
    private async Task<TimeSpan> RunAsync(NodeTask task, CancellationToken end)
    {
        using var run = _active.Add(task, end);
        log.TaskStarted(task.Id, task.Attempt);
        try
        {
            var answer = await runs.RunAsync(task, run.LoseAsync, run.Cancellation);
            log.TaskReported(task.Id, task.Attempt, answer);
        }
        catch (OperationCanceledException) when (run.Cancellation.IsCancellationRequested)
        {
            log.TaskEnded(task.Id, task.Attempt, run.IsLost ? "it was taken away" : "the host stops");
            if (!run.IsLost)
                await HandBackAsync(task);
        }
        catch (ContainerEngineException e)
        {
            log.TaskEnded(task.Id, task.Attempt, e.Message);
            if (!run.IsLost)
                await HandBackAsync(task);
        }
        catch (Exception e) when (e is MasterRefusedException or not (OperationCanceledException or HttpRequestException))
        {
            log.TaskUnfinished(task.Id, task.Attempt, e);
            if (!run.IsLost)
                await HandBackAsync(task);

            return LongestPause;
        }
        catch (HttpRequestException e) when (e.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
        {
            log.TaskEnded(task.Id, task.Attempt, e.Message);
        }

        return TimeSpan.Zero;
    }

    /// <summary>Where this does not get through, our silence does the same later.</summary>
    private async Task HandBackAsync(NodeTask task)
    {
        using var limit = new CancellationTokenSource(HandBackTime, time);
        try
        {
            await master.HandBackAsync(task, limit.Token);
            log.TaskHandedBack(task.Id, task.Attempt);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            log.HandBackFailed(task.Id, task.Attempt, e.Message);
        }
    }

    private async Task PingAsync(CancellationToken end)
    {
        using var timer = new PeriodicTimer(options.Value.PingInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                if (NodeToken.IsPresent(options.Value))
                    await PingOnceAsync(end);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The last run is over.
        }
    }

    private async Task PingOnceAsync(CancellationToken end)
    {
        var active = _active.Snapshot;
        try
        {
            var lost = await master.PingAsync([.. active.Select(run => run.Task.Id)], end);
            foreach (var run in active.Where(run => lost.Contains(run.Task.Id)))
                await run.LoseAsync();
        }
        catch (Exception e) when (e is not OperationCanceledException || !end.IsCancellationRequested)
        {
            log.PingFailed(e); // whatever it was: without pings the node would lose all its tasks
        }
    }
}
