using Microsoft.Extensions.Logging;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>
/// Runs the shards this process holds leases of. Processes share the shards evenly: each takes free ones up to its fair part at once and beyond it after a
/// while, and gives surplus back when another process joins.
/// </summary>
internal sealed class ShardSupervisor(DocumentStore store, IReadOnlyList<IPageProjector> projectors, ILogger logger)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);
    private const int LooksBeforeSurplus = 5;

    private readonly List<RunningShard> running = [];
    private int processes = 1;

    /// <summary>Runs until told to stop, then finishes the pages begun and gives all leases back.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && projectors.Count > 0)
        {
            try
            {
                await using var session = await LeaseSession.OpenAsync(store.Options.ConnectionString, stop);
                try
                {
                    await KeepAsync(session, stop);
                }
                finally
                {
                    await Task.WhenAll(running.ToArray().Select(EndAsync));
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception lost) when (ConnectionLoss.Is(lost))
            {
                logger.LeasesLost(lost);
                await Task.Delay(LookEvery, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task KeepAsync(LeaseSession session, CancellationToken stop)
    {
        for (var look = 0; ; look++)
        {
            var before = processes;
            processes = await session.ProcessesAsync(stop);
            var fair = (projectors.Count + processes - 1) / processes;
            while (processes > before && running.Count > fair)
                await GiveBackAsync(session, running[^1], stop);

            await TakeAsync(session, look % LooksBeforeSurplus == LooksBeforeSurplus - 1 ? Math.Max(fair, running.Count + 1) : fair, stop);
            await Task.WhenAny([Task.Delay(LookEvery, stop), .. running.Select(shard => shard.Run)]);
            stop.ThrowIfCancellationRequested();
            foreach (var ended in running.Where(shard => shard.Run.IsCompleted).ToArray())
                await ended.Run; // a shard ends by itself only by a bug, which the host must see
        }
    }

    private async Task TakeAsync(LeaseSession session, int atMost, CancellationToken stop)
    {
        foreach (var projector in projectors.Where(p => running.TrueForAll(r => r.Name != p.Projection.ShardName)))
        {
            if (running.Count >= atMost)
                return;

            if (await session.TryTakeAsync(projector.Projection.ShardName, stop))
            {
                logger.ShardLeased(projector.Projection.ShardName);
                running.Add(RunningShard.Start(new Shard(store, projector, logger), projector.Projection.ShardName, stop));
            }
        }
    }

    private async Task GiveBackAsync(LeaseSession session, RunningShard shard, CancellationToken stop)
    {
        await EndAsync(shard);
        await session.GiveBackAsync(shard.Name, stop);
    }

    private async Task EndAsync(RunningShard shard)
    {
        running.Remove(shard);
        await shard.EndAsync(Drain);
        logger.ShardReleased(shard.Name);
    }

    /// <summary>A shard's run and the ways to end it.</summary>
    private sealed class RunningShard(string name, Task run, CancellationTokenSource stop, CancellationTokenSource abort, IDisposable lease)
    {
        public string Name => name;

        public Task Run => run;

        public static RunningShard Start(Shard shard, string name, CancellationToken stop)
        {
            var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var abort = new CancellationTokenSource();
            return new RunningShard(name, Task.Run(() => shard.RunAsync(ending.Token, abort.Token), CancellationToken.None), ending, abort, DaemonMetrics.HoldLease());
        }

        public async Task EndAsync(TimeSpan drain)
        {
            await stop.CancelAsync();
            abort.CancelAfter(drain);
            await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            DaemonMetrics.ShardReleased(name);
            lease.Dispose();
            stop.Dispose();
            abort.Dispose();
        }
    }
}
