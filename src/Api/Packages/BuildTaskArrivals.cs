using EventSourced.Projections.Packages;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventSourced.Api.Packages;

/// <summary>
/// Lets idle nodes wait. One query answers for all that wait in this process, and for each ready task one of them is let go, so that an arrival does not set
/// all of them on the queue.
/// </summary>
public sealed class BuildTaskArrivals(
    IDocumentStore store, IOptions<PackagesOptions> options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<BuildTaskArrivals> logger) : BackgroundService
{
    /// <summary>A lost signal costs this much, never a task.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly LinkedList<Waiter> waiters = [];
    private TaskCompletionSource newcomer = NewSignal();

    /// <summary>True when a task may be ready for this node, false when <paramref name="atMost"/> has passed or the host stops.</summary>
    public async Task<bool> WaitAsync(WaitingNode node, TimeSpan atMost, CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        var waiter = new Waiter(node, new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (gate)
        {
            waiters.AddLast(waiter);

            // A task may have arrived between the claim and this wait. Whoever was let go in vain waits for news instead, or it would spin.
            if (node.IsFirst)
                newcomer.TrySetResult();
        }

        try
        {
            return await waiter.Arrival.Task.WaitAsync(atMost, time, ending.Token);
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            lock (gate)
                waiters.Remove(waiter);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var news = Task.CompletedTask;
            while (!stoppingToken.IsCancellationRequested)
            {
                // Asked for before looking: what is committed while we look raises it.
                news = news.IsCompleted ? store.WakeUps.WaitAsync(IWakeUps.EventsAppended, Poll, stoppingToken) : news;
                var (waiting, signal) = Snapshot();
                if (waiting is not [])
                    await LookAsync(waiting, stoppingToken);

                await await Task.WhenAny(news, signal);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private (IReadOnlyList<Waiter> Waiting, Task Newcomer) Snapshot()
    {
        lock (gate)
        {
            if (newcomer.Task.IsCompleted)
                newcomer = NewSignal();

            return ([.. waiters.Where(w => !w.Arrival.Task.IsCompleted)], newcomer.Task);
        }
    }

    private async Task LookAsync(IReadOnlyList<Waiter> waiting, CancellationToken ct)
    {
        try
        {
            LetGo(waiting, await ReadyAsync(waiting, ct));
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            Log.ReadyTasksUnknown(logger, e); // they go on waiting; the next look is at most a second away
        }
    }

    private async Task<Dictionary<string, int>> ReadyAsync(IReadOnlyList<Waiter> waiting, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        string[] arches = [.. waiting.SelectMany(w => w.Node.Arches).Distinct(StringComparer.Ordinal)];
        return await session.ReadyTasksAsync(arches, waiting.Count, options.Value.Nodes.MostOfOwner, ct);
    }

    private static void LetGo(IReadOnlyList<Waiter> waiting, Dictionary<string, int> ready)
    {
        foreach (var (node, arrival) in waiting)
        {
            if (node.Arches.FirstOrDefault(a => ready.GetValueOrDefault(a) > 0) is not { } arch)
                continue;

            // Who excludes packages may not take it; the task is still there for the next one.
            if (!node.IsPicky)
                ready[arch]--;

            arrival.TrySetResult(true);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Waiter(WaitingNode Node, TaskCompletionSource<bool> Arrival);
}

/// <param name="Arches">What it can build.</param>
/// <param name="IsPicky">It excludes packages.</param>
/// <param name="IsFirst">It has not waited before in this request.</param>
public sealed record WaitingNode(IReadOnlyList<string> Arches, bool IsPicky, bool IsFirst);
