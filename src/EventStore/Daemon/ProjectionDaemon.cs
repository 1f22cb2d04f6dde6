using EventSourced.EventStore.Daemon.Foreign;
using EventSourced.EventStore.Daemon.HighWater;
using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Rebuild;
using EventSourced.EventStore.Daemon.Shards;
using Microsoft.Extensions.Logging;

namespace EventSourced.EventStore.Daemon;

/// <inheritdoc cref="IProjectionDaemon"/>
internal sealed class ProjectionDaemon(DocumentStore store, ILogger logger) : IProjectionDaemon
{
    private readonly SemaphoreSlim turns = new(1, 1);
    private CancellationTokenSource? stop;
    private Task running = Task.CompletedTask;

    /// <summary>Completes when the daemon stopped; fails when a part of it did.</summary>
    public Task Running => running;

    public async Task StartAllAsync()
    {
        await turns.WaitAsync();
        try
        {
            if (stop is not null)
                return;

            stop = new CancellationTokenSource();
            running = RunAsync(stop.Token);
        }
        finally
        {
            turns.Release();
        }
    }

    public async Task StopAllAsync()
    {
        await turns.WaitAsync();
        try
        {
            if (stop is null)
                return;

            using var ended = stop;
            stop = null;
            await ended.CancelAsync();
            await running;
        }
        finally
        {
            turns.Release();
        }
    }

    public Task RebuildProjectionAsync(string projectionName, CancellationToken token) =>
        ProjectionRebuild.Of(store, store.Projections.Named(projectionName)).RunAsync(token);

    public Task WaitForNonStaleData(TimeSpan timeout) => new StalenessWait(store).UntilFreshAsync(timeout, CancellationToken.None);

    // A container that knows the daemon by two names disposes it twice, so its turns stay usable; they hold nothing that needs to be freed.
    public ValueTask DisposeAsync() => new(StopAllAsync());

    private async Task RunAsync(CancellationToken token)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task[] parts =
        [
            Task.Run(() => new HighWaterMark(store.Options.ConnectionString, store.WakeUps, TimeProvider.System, logger).RunAsync(both.Token), CancellationToken.None),
            Task.Run(() => new ShardSupervisor(store, Projectors(), logger).RunAsync(both.Token), CancellationToken.None),
            Task.Run(() => new LateEventRepair(store, logger).RunAsync(both.Token), CancellationToken.None),
            Task.Run(() => new ForeignEvents(store, logger).RunAsync(both.Token), CancellationToken.None),
            Task.Run(() => new InlineFills(store, logger).RunAsync(both.Token), CancellationToken.None),
        ];

        // A part that failed takes the others along, so that the host sees it.
        await foreach (var ended in Task.WhenEach(parts))
        {
            if (ended.IsFaulted)
                await both.CancelAsync();
        }

        await Task.WhenAll(parts);
    }

    private IReadOnlyList<IPageProjector> Projectors() =>
        [.. store.Projections.All.Where(p => p.Lifecycle is ProjectionLifecycle.Async).Select(p => PageProjectors.Live(p, store))];
}
