using System.Diagnostics;
using EventSourced.Messaging.Handlers;
using Microsoft.Extensions.Logging;

namespace EventSourced.Messaging.Durability;

/// <summary>
/// Decides several commands of different streams and saves them in one transaction, pure ones in two round trips: a commit and its round trips cost more than a
/// decision. A stream that another of them takes, or a save that the database refused, leaves a command to be handled alone.
/// </summary>
internal sealed class SharedDecisions(
    IDocumentStore store, Consequences consequences, Outbox outbox, MessagingOptions options, IServiceProvider services, ILogger<SharedDecisions> logger)
{
    /// <summary>Who waits longer for somebody's lock waits alone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <param name="decisions">Of them those that can share are run.</param>
    /// <param name="queueMore">Adds to what is saved, given those that were decided.</param>
    /// <param name="cancellation">Cancels all of them.</param>
    public async Task RunAsync(IReadOnlyList<SharedDecision> decisions, Action<IDocumentSession, IReadOnlyList<SharedDecision>>? queueMore, CancellationToken cancellation)
    {
        var ambient = Activity.Current;
        var streams = new HashSet<string>(StringComparer.Ordinal);
        var sharing = decisions.Where(d => d.StreamKey is null || streams.Add(d.StreamKey)).OrderBy(d => d.StreamKey, StringComparer.Ordinal).ToList();
        await using var session = store.LightweightSession();
        try
        {
            await FetchAsync(sharing, session, cancellation);
            foreach (var decision in sharing)
                await DecideAsync(decision, streams);

            if (sharing.FindAll(d => d.Decided is not null) is { Count: > 0 } decided)
                await SaveAsync(decided, session, queueMore, cancellation);
        }
        catch (Exception e)
        {
            logger.BatchSplit(e, sharing.Count); // one of them is in the way, and alone it shows which
        }
        finally
        {
            Activity.Current = ambient;
        }
    }

    private async Task FetchAsync(List<SharedDecision> decisions, IDocumentSession session, CancellationToken cancellation)
    {
        var query = session.CreateBatchQuery();
        var fetched = new List<Task>(decisions.Count);
        foreach (var decision in decisions)
        {
            decision.Frame = HandlerFrame.Of(decision.Delivery, session, services, store.Options.TimeProvider.GetUtcNow(), cancellation);
            if (decision.Delivery.Chain.FetchState is { } fetch)
                fetched.Add(fetch(decision.Frame, query));

            if (decision.Delivery.Chain.FetchBeside is { } beside)
                fetched.Add(beside(decision.Frame, query));
        }

        await query.Execute(cancellation);
        await Task.WhenAll(fetched);
        foreach (var alike in decisions.Where(d => d.Delivery.Chain.LoadMany is not null).GroupBy(d => d.Delivery.Chain))
            await alike.Key.LoadMany!([.. alike.Select(d => d.Frame!)]); // those that have one, and their frames were made above
    }

    private async Task DecideAsync(SharedDecision decision, HashSet<string> streams)
    {
        var (delivery, frame) = (decision.Delivery, decision.Frame!); // made with the fetch
        Activity.Current = decision.Activity;
        try
        {
            var decided = DecisionReader.Read(frame, delivery.Chain.StateType, delivery.Stamp(options.Role), await delivery.Chain.DecideAsync(frame));
            decision.Decided = decided.Exists(d => d.Key != decision.StreamKey && !streams.Add(d.Key)) ? null : decided;
        }
        catch (Exception e)
        {
            decision.Failure = e;
        }
    }

    private async Task SaveAsync(
        List<SharedDecision> decided, IDocumentSession session, Action<IDocumentSession, IReadOnlyList<SharedDecision>>? queueMore, CancellationToken cancellation)
    {
        var outgoing = decided.SelectMany(d => Append(d, session)).ToList();
        outbox.Queue(session, outgoing);
        queueMore?.Invoke(session, decided);
        session.LockTimeout = decided.Count > 1 ? Patience : null;
        try
        {
            await session.SaveChangesAsync(cancellation);
        }
        catch (Exception e) when (!SaveOutcome.IsRolledBack(e))
        {
            decided.ForEach(d => d.Failure = e);
            throw;
        }

        decided.ForEach(d => d.IsSaved = true);
        if (outgoing.Count > 0)
            store.WakeUps.Raise(Outbox.Topic);
    }

    private List<OutgoingMessage> Append(SharedDecision decision, IDocumentSession session)
    {
        Activity.Current = decision.Activity;
        decision.Decided!.ForEach(d => d.Append(session));
        return consequences.Of(decision.Decided, decision.Delivery.Context);
    }
}
