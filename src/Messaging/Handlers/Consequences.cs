using EventSourced.Messaging.Durability;

namespace EventSourced.Messaging.Handlers;

/// <summary>Runs the reactions to what was decided; each message is caused by its event.</summary>
internal sealed class Consequences(HandlerGraph graph, StateFolds folds, Outbox outbox)
{
    private readonly ReactionGraph reactions = graph.Reactions;

    public List<OutgoingMessage> Of(IReadOnlyList<Decided> decided, MessageContext context)
    {
        var messages = new List<OutgoingMessage>();
        foreach (var stream in decided)
            Collect(stream, context, messages);

        return messages;
    }

    private void Collect(Decided stream, MessageContext context, List<OutgoingMessage> messages)
    {
        if (!stream.Events.Any(e => reactions.To(e.EventType).Length > 0))
            return;

        var state = stream.Stream?.Aggregate;
        foreach (var @event in stream.Events)
        {
            state = folds.Evolve(stream.StateType, stream.Key, state, @event);
            foreach (var reaction in reactions.To(@event.EventType))
                messages.AddRange(Returned.Items(Run(reaction, stream, @event, state)).Select(m => outbox.Address(m, @event.Id.ToString(), context)));
        }

        stream.After = state;
    }

    private static object? Run(Reaction reaction, Decided stream, IEvent @event, object? state)
    {
        if (reaction.StateType is not null && !reaction.StateType.IsInstanceOfType(state))
            throw new InvalidOperationException(
                $"A reaction to {@event.EventType.Name} reads {reaction.StateType.Name}, but stream '{stream.Key}' holds {state?.GetType().Name ?? "no state"}.");

        return reaction.Invoke(@event.Data, state);
    }
}
