using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.Messaging.Durability;

/// <summary>Claims messages when woken or by timer, hands them to a fixed number of handlers, keeps their leases, and at shutdown finishes or hands back all of them.</summary>
internal sealed class QueueDrain(
    QueueClaims claims, QueuedMessageRunner runner, DecisionBatch batch, IDocumentStore store, MessagingOptions options, ILogger<QueueDrain> logger) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan BesideOthers = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentDictionary<InFlight, bool> inFlight = new();
    private readonly ClaimWindow window = new(options.Concurrency);
    private readonly Signal signal = new();

    public override void Dispose()
    {
        signal.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        logger.Draining(options.Concurrency);
        var buffer = Channel.CreateUnbounded<InFlight>();
        using var ended = new CancellationTokenSource();
        var handlers = Task.WhenAll(Enumerable.Range(0, options.Concurrency).Select(_ => Task.Run(() => HandleAsync(buffer.Reader), CancellationToken.None)));
        var keeper = KeepLeasesAsync(ended.Token);
        var listener = ListenAsync(ended.Token);
        try
        {
            await ClaimAsync(buffer.Writer, stoppingToken);
        }
        finally
        {
            buffer.Writer.Complete();
            await FinishAsync(handlers);
            await ended.CancelAsync();
            await Task.WhenAll(keeper, listener).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ClaimAsync(ChannelWriter<InFlight> buffer, CancellationToken stopping)
    {
        var pause = TimeSpan.Zero;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await signal.WaitAsync(pause, stopping);
                pause = window.Room() is > 0 and var room ? await ClaimAsync(buffer, room, stopping) : Poll;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                logger.QueueUnreachable(e);
                pause = Poll;
            }
        }
    }

    /// <summary>How long nothing more is to be expected.</summary>
    private async Task<TimeSpan> ClaimAsync(ChannelWriter<InFlight> buffer, int room, CancellationToken stopping)
    {
        var claim = await claims.ClaimAsync(room, stopping);
        window.Claimed(claim.Messages.Count);
        foreach (var message in claim.Messages)
        {
            var work = new InFlight(message);
            inFlight[work] = true;
            buffer.TryWrite(work);
        }

        return claim.MoreMayWait
            ? claim.MadeProgress ? TimeSpan.Zero : BesideOthers
            : claim.NextDue is { } due && due < Poll ? due : Poll;
    }

    private async Task HandleAsync(ChannelReader<InFlight> buffer)
    {
        await foreach (var first in buffer.ReadAllAsync(CancellationToken.None)) // ends when the claims end, with the shutdown
        {
            var works = Take(first, buffer);
            try
            {
                await RunAsync([.. works.Where(w => w.TryStart())]);
            }
            catch (Exception e)
            {
                logger.HandlerBroke(e); // their leases will lapse, and this handler goes on
            }

            foreach (var work in works)
            {
                inFlight.TryRemove(work, out _);
                work.Dispose();
                window.Finished();
            }

            // Room for a batch, or a follower of a message's key was released.
            if (window.Room() > 0)
                signal.Set();
        }
    }

    /// <summary>More of what may share a transaction, as long as enough is left for the other handlers.</summary>
    private List<InFlight> Take(InFlight first, ChannelReader<InFlight> buffer)
    {
        List<InFlight> works = [first];
        var most = Math.Min(DecisionBatch.Most, 1 + buffer.Count / 4);
        while (works.Count < most && batch.Takes(works[^1]) && buffer.TryRead(out var next))
            works.Add(next);

        return works;
    }

    private async Task RunAsync(List<InFlight> works)
    {
        var together = works.Where(batch.Takes).ToList();
        var handled = together.Count > 1 ? await batch.RunAsync(together) : [];
        foreach (var work in works.Except(handled))
            await runner.RunAsync(work);
    }

    private async Task ListenAsync(CancellationToken ended)
    {
        var next = store.WakeUps.WaitAsync(Outbox.Topic, Poll, ended);
        while (!ended.IsCancellationRequested)
        {
            await next;
            // Listening again before the signal: what is raised in between was committed before the claim that follows.
            next = store.WakeUps.WaitAsync(Outbox.Topic, Poll, ended);
            signal.Set();
        }
    }

    private async Task KeepLeasesAsync(CancellationToken ended)
    {
        using var timer = new PeriodicTimer(options.Lease / 3);
        while (await timer.WaitForNextTickAsync(ended))
        {
            try
            {
                await GiveBackAsync(w => w.Age > options.Lease / 3, ended);
                await RenewAsync([.. inFlight.Keys.Where(w => w.IsRunning)], ended);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.QueueUnreachable(e);
            }
        }
    }

    private async Task RenewAsync(IReadOnlyList<InFlight> running, CancellationToken ended)
    {
        if (running.Count == 0)
            return;

        var held = await claims.RenewAsync([.. running.Select(w => w.Message)], ended);
        foreach (var lost in running.Where(w => !held.Contains(w.Message.Id)))
            await lost.LoseLeaseAsync();
    }

    private async Task<int> GiveBackAsync(Func<InFlight, bool> which, CancellationToken cancellation)
    {
        var givenUp = inFlight.Keys.Where(w => !w.IsRunning && which(w) && w.TryGiveUp()).Select(w => w.Message).ToList();
        await claims.GiveBackAsync(givenUp, cancellation);
        return givenUp.Count;
    }

    private async Task FinishAsync(Task handlers)
    {
        try
        {
            var waiting = await GiveBackAsync(_ => true, CancellationToken.None); // the stopping token is cancelled already
            if (waiting > 0)
                logger.HandedBack(waiting);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
        {
            logger.QueueUnreachable(e);
        }

        await Task.WhenAny(handlers, Task.Delay(options.ShutdownGrace, CancellationToken.None));
        await Task.WhenAll(inFlight.Keys.Select(w => w.StopAsync()));
        await handlers;
    }
}
