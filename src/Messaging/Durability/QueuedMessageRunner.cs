using System.Diagnostics;
using System.Text.Json;
using EventSourced.Messaging.Handlers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.Messaging.Durability;

/// <summary>Handles one queued message and decides what becomes of it when that fails.</summary>
internal sealed class QueuedMessageRunner(
    IServiceScopeFactory scopes, MessageExecutor executor, HandlerGraph graph, QueueClaims claims, QueueEnd end, IDocumentStore store, MessagingOptions options,
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
            var chain = graph.For(message.Type);
            var body = JsonSerializer.Deserialize(message.Body, chain.MessageType, store.Options.SerializerOptions)
                ?? throw new JsonException($"Message {message.MessageId} is null.");
            await using var scope = scopes.CreateAsyncScope();
            var context = scope.ServiceProvider.GetRequiredService<MessageContext>();
            context.Follow(message.Headers, options.Role);
            return await executor.ExecuteAsync(new Delivery(body, message.MessageId, chain, context) { Queued = message }, scope.ServiceProvider, cancellation);
        });
    }

    private async Task FailAsync(QueuedMessage message, Exception reason)
    {
        if (reason is NpgsqlException { IsTransient: true })
        {
            // An outage of the database is no fault of the message: tried until it is over, at no cost.
            logger.WillRetry(reason, message.MessageId, message.Type, message.Attempts, AfterOutage);
            await end.PostponeAsync(message, AfterOutage, reason, CancellationToken.None); // at shutdown too
        }
        else if ((options.IsRefusal(reason) ? null : options.Policies.NextPause(reason, message.Attempts)) is { } wait)
        {
            logger.WillRetry(reason, message.MessageId, message.Type, message.Attempts, wait);
            await end.RetryAsync(message, wait, reason, CancellationToken.None); // at shutdown too
        }
        else
        {
            await DieAsync(message, reason);
        }
    }

    private async Task DieAsync(QueuedMessage message, Exception reason)
    {
        logger.Died(reason, message.MessageId, message.Type, message.Attempts);
        await end.DieAsync(message, reason, CancellationToken.None); // at shutdown too
        MessagingTelemetry.Dead.Add(1, new KeyValuePair<string, object?>("message.type", message.Type));
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
