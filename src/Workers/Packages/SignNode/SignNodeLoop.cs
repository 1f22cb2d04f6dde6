using System.Net;
using System.Text.Json;
using EventSourced.Workers.Packages.Nodes;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.SignNode;

/// <summary>
/// The built-in sign node: makes its keys known, asks for tasks and signs them one at a time, and says every few seconds that it lives. When the host stops it hands its
/// task back to the queue; when it dies, its silence does the same.
/// </summary>
internal sealed class SignNodeLoop(
    SignMaster master, SignRun runs, SecretKeys keys, IOptions<SignNodeOptions> options, TimeProvider time, ILogger<SignNodeLoop> log) : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HandBackTime = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (NodeTools.MissingForSigning() is { Count: > 0 } missing)
        {
            log.SignNodeDisabled(string.Join(", ", missing));
            return;
        }

        try
        {
            var own = await keys.PublicKeysAsync(stoppingToken);
            log.SignNodeStarted(options.Value.Master, string.Join(' ', own.Select(k => k.KeyId)));
            await WorkAsync(own, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task WorkAsync(IReadOnlyList<PublicKey> own, CancellationToken stopping)
    {
        var (registered, pause) = (!options.Value.RegistersKeys, options.Value.PollInterval);
        while (true)
        {
            try
            {
                if (!registered && NodeToken.IsPresent(options.Value))
                    registered = await RegisterAsync(own, stopping);

                while (NodeToken.IsPresent(options.Value) && await master.GetTaskAsync([.. own.Select(k => k.KeyId)], stopping) is { } task)
                    await Task.Delay(await RunAsync(task, stopping), time, stopping);

                pause = options.Value.PollInterval;
            }
            catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
            {
                // Whatever it was: one answer or one task must not end the host, which does other work as well.
                if (e is HttpRequestException or IOException or JsonException or TaskCanceledException)
                    log.MasterUnavailable(e.Message);
                else
                    log.NodeStumbled(e);

                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            await Task.Delay(pause, time, stopping);
        }
    }

    private async Task<bool> RegisterAsync(IReadOnlyList<PublicKey> own, CancellationToken stopping)
    {
        foreach (var (key, place) in own.Select((key, place) => (key, place)))
            await master.RegisterAsync(place is 0 ? options.Value.KeyName : $"{options.Value.KeyName} {key.KeyId}", key, stopping);

        return true;
    }

    /// <returns>How long to wait before the next question: where this node cannot finish a task, it would get the same one again at once.</returns>
    private async Task<TimeSpan> RunAsync(SignTask task, CancellationToken stopping)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var pinging = PingAsync(task, lost, over.Token);
        log.SignTaskStarted(task.Id ?? 0, task.Attempt);
        try
        {
            log.SignTaskReported(task.Id ?? 0, task.Attempt, await runs.RunAsync(task, lost.Token));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            log.SignTaskEnded(task.Id ?? 0, task.Attempt, "the host stops");
            await HandBackAsync(task);
            throw;
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            log.SignTaskEnded(task.Id ?? 0, task.Attempt, "it was taken away");
        }
        catch (Exception e) when (e is MasterRefusedException or not (OperationCanceledException or HttpRequestException))
        {
            log.SignTaskUnfinished(task.Id ?? 0, task.Attempt, e);
            await HandBackAsync(task);
            return LongestPause;
        }
        catch (HttpRequestException e) when (e.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
        {
            log.SignTaskEnded(task.Id ?? 0, task.Attempt, e.Message);
        }
        finally
        {
            await over.CancelAsync();
            await pinging;
        }

        return TimeSpan.Zero;
    }

    /// <summary>Where this does not get through, our silence does the same later.</summary>
    private async Task HandBackAsync(SignTask task)
    {
        using var limit = new CancellationTokenSource(HandBackTime, time);
        try
        {
            await master.HandBackAsync(task.Id ?? 0, task.Attempt, limit.Token);
            log.SignTaskHandedBack(task.Id ?? 0, task.Attempt);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            log.SignHandBackFailed(task.Id ?? 0, task.Attempt, e.Message);
        }
    }

    private async Task PingAsync(SignTask task, CancellationTokenSource lost, CancellationToken over)
    {
        using var timer = new PeriodicTimer(options.Value.PingInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
                if (!await HoldsAsync(task, over))
                    await lost.CancelAsync();
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    /// <summary>Also when nobody could be asked: the lease says the rest.</summary>
    private async Task<bool> HoldsAsync(SignTask task, CancellationToken over)
    {
        try
        {
            return await master.PingAsync(task.Id ?? 0, over);
        }
        catch (Exception e) when (e is not OperationCanceledException || !over.IsCancellationRequested)
        {
            log.PingFailed(e);
            return true;
        }
    }
}
