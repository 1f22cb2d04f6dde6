using EventSourced.EventStore.Daemon.HighWater;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Foreign;

/// <summary>
/// Follows the mark and lets inline projections take in what sessions appended that are not ours. One process does it at a time. Where nobody else writes it costs
/// one look at the new rows, a few times a second.
/// </summary>
internal sealed class ForeignEvents(DocumentStore store, ILogger logger)
{
    private const int AtOnce = 100;
    private const int KeepEvery = 10_000;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AtLeastBetween = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(2);

    private readonly ProjectionModel[] projections = [.. store.Projections.All.Where(p => p.Lifecycle is ProjectionLifecycle.Inline)];

    /// <summary>Runs until cancelled; waits for the lease while another process holds it.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && projections.Length > 0)
        {
            try
            {
                await using var session = await ForeignSession.OpenAsync(store.Options.ConnectionString, stop);
                while (!await session.TryLeaseAsync(stop))
                    await Task.Delay(TryAgainAfter, stop);

                await FollowAsync(session, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception lost) when (ConnectionLoss.Is(lost))
            {
                logger.ForeignInterrupted(lost);
            }

            await Task.Delay(TryAgainAfter, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(ForeignSession session, CancellationToken stop)
    {
        var takingIn = new ForeignTakeIn(store, projections, session);
        var moved = new WakeUpWaiter(store.WakeUps, HighWaterMark.Moved, Idle, stop);
        var position = await session.ReadPositionAsync(stop);
        for (var kept = position; ;)
        {
            moved.Arm();
            var (ceiling, numbers) = await session.LookAsync(position, [.. projections.SelectMany(p => p.Aliases()).Distinct()], stop);
            foreach (var some in numbers.Chunk(AtOnce))
            {
                await takingIn.RunAsync(some, stop);
                kept = some[^1];
            }

            if (numbers.Length > 0)
                logger.ForeignTakenIn(numbers.Length, ceiling);

            position = ceiling;
            if (position - kept >= KeepEvery)
            {
                await session.KeepPositionAsync(position, stop);
                kept = position;
            }

            await Task.Delay(AtLeastBetween, stop);
            await moved.WaitAsync();
        }
    }
}
