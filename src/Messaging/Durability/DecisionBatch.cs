using System.Diagnostics;
using System.Text.Json;
using EventSourced.Messaging.Handlers;
using Microsoft.Extensions.Logging;

namespace EventSourced.Messaging.Durability;

/// <summary>
/// Decides several queued commands of different streams and saves them in one transaction: a commit and its round trip cost more than a decision. What stands in the way
/// of one (a refusal, a lost race, a lost lease) leaves it, or all of them, to be handled one by one.
/// </summary>
internal sealed class DecisionBatch(
    IDocumentStore store, HandlerGraph graph, Consequences consequences, Outbox outbox, MessagingOptions options, IServiceProvider services, ILogger<DecisionBatch> logger)
{
    /// <summary>The most that share a transaction.</summary>
    public const int Most = 16;

    public bool Takes(InFlight work) => graph.IsPure(work.Message.Type) && !work.Message.LeaseExpired;

    /// <summary>Those that were handled; the others are as they were.</summary>
    public async Task<IReadOnlyList<InFlight>> RunAsync(IReadOnlyList<InFlight> works)
    {
        var begun = Stopwatch.GetTimestamp();
        await using var session = store.LightweightSession();
        var streams = new HashSet<string>(StringComparer.Ordinal);
        var entries = new List<Entry>(works.Count);
        foreach (var work in works)
        {
            if (await TryDecideAsync(work, session, streams, works[0].Cancellation) is { } entry)
                entries.Add(entry);
        }

        var saved = entries.Count > 0 && await TrySaveAsync(entries, session, works[0].Cancellation);
        foreach (var entry in entries)
            entry.Close(saved, Stopwatch.GetElapsedTime(begun));

        return saved ? [.. entries.Select(e => e.Work)] : [];
    }

    private async Task<Entry?> TryDecideAsync(InFlight work, IDocumentSession session, HashSet<string> streams, CancellationToken cancellation)
    {
        var message = work.Message;
        Activity? activity = null;
        try
        {
            activity = MessagingTelemetry.Start("handle", message.Type, ActivityKind.Consumer, message.Headers.TraceParent);
            var delivery = Read(message);
            if (await DecideAsync(delivery, session, streams, cancellation) is { } decided)
                return new Entry(work, delivery, decided, activity);
        }
        catch (Exception e)
        {
            logger.LeftTheBatch(e, message.MessageId); // alone it meets the same again, and there it is dealt with
        }

        activity?.Dispose();
        return null;
    }

    private Delivery Read(QueuedMessage message)
    {
        var chain = graph.For(message.Type);
        var body = JsonSerializer.Deserialize(message.Body, chain.MessageType, store.Options.SerializerOptions)
            ?? throw new JsonException($"Message {message.MessageId} is null.");
        var context = new MessageContext();
        context.Follow(message.Headers, options.Role);
        return new Delivery(body, message.MessageId, chain, context);
    }

    /// <summary>Null when a stream is taken by another message of the batch, whose events this decision would not see.</summary>
    private async Task<List<Decided>?> DecideAsync(Delivery delivery, IDocumentSession session, HashSet<string> streams, CancellationToken cancellation)
    {
        if (delivery.Chain.StreamKey?.Invoke(delivery.Message) is { } key && !streams.Add(key))
            return null;

        var frame = new HandlerFrame
        {
            Message = delivery.Message,
            Session = session,
            Services = services,
            Context = delivery.Context,
            Now = store.Options.TimeProvider.GetUtcNow(),
            Cancellation = cancellation,
        };
        var decided = DecisionReader.Read(frame, delivery.Chain.StateType, delivery.Stamp(options.Role), await delivery.Chain.RunAsync(frame));
        return decided.Exists(d => d.Stream is null && !streams.Add(d.Key)) ? null : decided;
    }

    private async Task<bool> TrySaveAsync(IReadOnlyList<Entry> entries, IDocumentSession session, CancellationToken cancellation)
    {
        try
        {
            var outgoing = entries.SelectMany(e => e.Append(session, consequences)).ToList();
            outbox.Queue(session, outgoing);
            QueueEnd.QueueHandled(session, [.. entries.Select(e => e.Work.Message)]);
            await session.SaveChangesAsync(cancellation);
            if (outgoing.Count > 0)
                store.WakeUps.Raise(Outbox.Topic);

            return true;
        }
        catch (Exception e)
        {
            logger.BatchSplit(e, entries.Count); // one of them is in the way, and alone it shows which
            return false;
        }
        finally
        {
            Activity.Current = null;
        }
    }

    private sealed record Entry(InFlight Work, Delivery Delivery, List<Decided> Decided, Activity? Activity)
    {
        public List<OutgoingMessage> Append(IDocumentSession session, Consequences consequences)
        {
            System.Diagnostics.Activity.Current = Activity; // what is sent goes on with its own trace
            Decided.ForEach(d => d.Append(session));
            return consequences.Of(Decided, Delivery.Context);
        }

        public void Close(bool saved, TimeSpan elapsed)
        {
            Activity?.Dispose();
            if (saved)
                MessagingTelemetry.Count(Work.Message.Type, elapsed);
        }
    }
}
