using EventSourced.Messaging.Handlers;

namespace EventSourced.Messaging.Durability;

/// <summary>Handles one message in one transaction: load, decide, then events, inline projections, outgoing messages, idempotency row and end of message in one save.</summary>
internal sealed class MessageExecutor(IDocumentStore store, Consequences consequences, Outbox outbox, IdempotencyRows idempotency, MessagingOptions options)
{
    private const int Tries = 5;

    /// <summary>The response; a <see cref="CommandResult"/> for a decision.</summary>
    public async Task<object?> ExecuteAsync(Delivery delivery, IServiceProvider services, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryAsync(delivery, services, cancellation);
            }
            catch (ConcurrencyException) when (attempt < Tries)
            {
                await Task.Delay(TimeSpan.FromMilliseconds((2 << attempt) * (0.5 + Random.Shared.NextDouble())), cancellation);
            }
        }
    }

    private async Task<object?> TryAsync(Delivery delivery, IServiceProvider services, CancellationToken cancellation)
    {
        await using var session = store.LightweightSession();
        if (delivery.Idempotency is { } key && await IdempotencyRows.BeginAsync(session, key, cancellation) is { } stored)
            return idempotency.Read(stored);

        var frame = HandlerFrame.Of(delivery, session, services, store.Options.TimeProvider.GetUtcNow(), cancellation);
        var returned = await delivery.Chain.RunAsync(frame);
        var (response, outgoing) = delivery.Chain.IsDecision ? Decide(delivery, frame, returned) : Relay(delivery, returned);
        if (delivery.Idempotency is not { OnlyIfRecorded: true } || response is not CommandResult { Streams: [] })
            await SaveAsync(delivery, session, response, outgoing, cancellation);

        return response;
    }

    private (object? Response, List<OutgoingMessage> Outgoing) Decide(Delivery delivery, HandlerFrame frame, object? returned)
    {
        var decided = DecisionReader.Read(frame, delivery.Chain.StateType, delivery.Stamp(options.Role), returned);
        decided.ForEach(d => d.Append(frame.Session));
        var outgoing = consequences.Of(decided, delivery.Context);
        return (new CommandResult([.. decided.Select(d => d.Recorded())]), outgoing);
    }

    private (object? Response, List<OutgoingMessage> Outgoing) Relay(Delivery delivery, object? returned)
    {
        var items = Returned.Parts(returned).ToList();
        var response = delivery.Response is { } wanted ? items.Find(wanted.IsInstanceOfType) : null;
        return (response, [.. items.Where(i => !ReferenceEquals(i, response)).SelectMany(Returned.Items).Select(m => outbox.Address(m, delivery.CausationId, delivery.Context))]);
    }

    private async Task SaveAsync(Delivery delivery, IDocumentSession session, object? response, List<OutgoingMessage> outgoing, CancellationToken cancellation)
    {
        outbox.Queue(session, outgoing);
        if (delivery.Idempotency is { } key)
            idempotency.QueueResult(session, key, response);

        if (delivery.Queued is { } queued)
            QueueEnd.QueueHandled(session, [queued]);

        await session.SaveChangesAsync(cancellation);
        if (outgoing.Count > 0)
            store.WakeUps.Raise(Outbox.Topic);
    }
}
