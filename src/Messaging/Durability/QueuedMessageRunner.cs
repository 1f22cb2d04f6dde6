using System.Diagnostics;
using System.Text.Json;
using EventSourced.Messaging.Handlers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.Messaging.Durability;

/// <summary>Handles one queued message and decides what becomes of it when that fails.</summary>
internal sealed class QueuedMessageRunner(
    IServiceScopeFactory scopes, MessageExecutor executor, QueuedDeliveries deliveries, QueueClaims claims, QueueEnd end, Outbox outbox, MessagingOptions options,
    ILogger<QueuedMessageRunner> logger)
{
    // Far more than workers die by chance while one and the same message is in their hands: what comes so far kills them, or outlives every lease.
    private const int MostDeaths = 10;

    private static readonly TimeSpan AfterOutage = TimeSpan.FromSeconds(1);

    public async Task RunAsync(InFlight work)
    {
        var message = work.Message;
        if (message.LeaseExpired)
            MessagingTelemetry.LeaseExpiries.Add(1);

        try
        {
            if (message.IsSuspect && await claims.BeginAgainAsync(message, work.Cancellation) > MostDeaths)
                await DieAsync(message, new LeaseLostException());
            else
                await HandleAsync(message, work.Cancellation);
        }
        catch (Exception e) when (QueueEnd.IsLeaseLost(e) || work.LeaseLost)
        {
            logger.LeaseLost(message.MessageId, message.Type);
        }
        catch (Exception) when (work.Cancellation.IsCancellationRequested)
        {
            await RecordAsync(work, () => claims.GiveBackAsync([message], CancellationToken.None)); // the host's token is what was cancelled
        }
        catch (Exception e)
        {
            await RecordAsync(work, () => FailAsync(message, e));
        }
    }

    private async Task HandleAsync(QueuedMessage message, CancellationToken cancellation)
    {
        using var activity = MessagingTelemetry.Start("handle", message.Type, ActivityKind.Consumer, message.Headers.TraceParent);
        await MessagingTelemetry.MeasureAsync(message.Type, activity, async () =>
        {
            await using var scope = scopes.CreateAsyncScope();
            var delivery = deliveries.Read(message, scope.ServiceProvider.GetRequiredService<MessageContext>());
            return await executor.ExecuteAsync(delivery, scope.ServiceProvider, cancellation);
        });
    }

    private async Task FailAsync(QueuedMessage message, Exception reason)
    {
        if (Outage.IsBehind(reason))
        {
            // An outage is no fault of the message, and costs it no try. But it may be what takes the server down each time, so it is suspect from now on.
            var wait = Outage.PauseAfter(message.Deaths);
            logger.WillRetry(reason, message.MessageId, message.Type, message.Attempts, wait);
            await end.PostponeAsync(message, wait, reason, CancellationToken.None); // at shutdown too
        }
        else if ((options.IsRefusal(reason) ? null : options.Policies.NextPause(reason, message.Attempts)) is { } pause)
        {
            logger.WillRetry(reason, message.MessageId, message.Type, message.Attempts, pause);
            await end.RetryAsync(message, pause, reason, CancellationToken.None); // at shutdown too
        }
        else
        {
            await DieAsync(message, reason);
        }
    }

    private async Task DieAsync(QueuedMessage message, Exception reason)
    {
        logger.Died(reason, message.MessageId, message.Type, message.Attempts);
        await end.DieAsync(message, reason, GiveUp(message, reason), CancellationToken.None); // at shutdown too
        MessagingTelemetry.Dead.Add(1, new KeyValuePair<string, object?>("message.type", message.Type));
    }

    /// <summary>What its handler has to say to those who wait for the effect.</summary>
    private List<OutgoingMessage> GiveUp(QueuedMessage message, Exception reason)
    {
        try
        {
            var delivery = deliveries.Read(message, new MessageContext());
            return delivery.Chain.GiveUp is { } giveUp
                ? [.. Returned.Parts(giveUp(delivery.Message, reason.Message)).SelectMany(Returned.Items).Select(m => outbox.Address(m, delivery.CausationId, delivery.Context))]
                : [];
        }
        catch (Exception e) when (e is JsonException or UnknownMessageTypeException)
        {
            return []; // it is dead because nobody here can read it
        }
    }

    /// <summary>What was lost in an outage is usually lost by all messages in hand: with the database back they go on at once, and not when their leases end.</summary>
    private async Task RecordAsync(InFlight work, Func<Task> record)
    {
        while (true)
        {
            try
            {
                await record();
                return;
            }
            catch (NpgsqlException e) when (e.IsTransient && !work.Cancellation.IsCancellationRequested)
            {
                logger.EndNotYetRecorded(e, work.Message.MessageId);
                await Task.Delay(AfterOutage, work.Cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                logger.EndNotRecorded(e, work.Message.MessageId);
                return;
            }
        }
    }
}
