using System.Diagnostics;
using EventSourced.Messaging.Handlers;
using Microsoft.Extensions.Logging;

namespace EventSourced.Messaging.Durability;

/// <summary>
/// Decides several queued commands of different streams and saves them in one transaction, with the ends of their messages. What stands in the way of one (a
/// refusal, a lost race, a lost lease) leaves it, or all of them, to be handled one by one.
/// </summary>
internal sealed class DecisionBatch(SharedDecisions shared, HandlerGraph graph, QueuedDeliveries deliveries, ILogger<DecisionBatch> logger)
{
    /// <summary>The most that share a transaction.</summary>
    public const int Most = 16;

    public bool Takes(InFlight work) => graph.IsPure(work.Message.Type) && !work.Message.IsSuspect;

    /// <summary>Those that were handled; the others are as they were.</summary>
    public async Task<IReadOnlyList<InFlight>> RunAsync(IReadOnlyList<InFlight> works)
    {
        var begun = Stopwatch.GetTimestamp();
        var messages = new Dictionary<SharedDecision, InFlight>(works.Count);
        foreach (var work in works)
        {
            if (TryRead(work.Message) is { } decision)
                messages[decision] = work;
        }

        await shared.RunAsync(
            [.. messages.Keys],
            (session, decided) => QueueEnd.QueueHandled(session, [.. decided.Select(d => messages[d].Message)]),
            works[0].Cancellation);
        foreach (var decision in messages.Keys)
            Close(decision, Stopwatch.GetElapsedTime(begun));

        return [.. messages.Where(m => m.Key.IsSaved).Select(m => m.Value)];
    }

    private SharedDecision? TryRead(QueuedMessage message)
    {
        var ambient = Activity.Current;
        try
        {
            return new SharedDecision(deliveries.Read(message, new MessageContext()), MessagingTelemetry.Start("handle", message.Type, ActivityKind.Consumer, message.Headers.TraceParent));
        }
        catch (Exception e)
        {
            logger.LeftTheBatch(e, message.MessageId); // alone it meets the same again, and there it is dealt with
            return null;
        }
        finally
        {
            Activity.Current = ambient; // each message goes on with its own trace
        }
    }

    private void Close(SharedDecision decision, TimeSpan elapsed)
    {
        decision.Activity?.Dispose();
        if (decision.IsSaved)
            MessagingTelemetry.Count(decision.Delivery.TypeName, elapsed);
        else if (decision.Failure is { } failure)
            logger.LeftTheBatch(failure, decision.Delivery.MessageId);
    }
}
