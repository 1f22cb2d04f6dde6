namespace EventSourced.Messaging.Handlers;

/// <summary>Queues what a decision returned on the handler's session. Only the bus appends.</summary>
internal static class DecisionRecorder
{
    /// <summary>One entry a stream: new ones in the order returned, then the state's.</summary>
    public static List<Decided> Append(HandlerFrame frame, Type? stateType, object? result)
    {
        var decided = new List<Decided>();
        var forState = new List<IEvent>();
        foreach (var item in Returned.Items(result))
        {
            if (Shapes.AsNewStream(item) is { } start)
                decided.Add(Start(frame, start));
            else
                forState.Add(Event.For(item));
        }

        if (forState.Count > 0)
            decided.Add(AppendToState(frame, stateType, forState));

        return decided;
    }

    private static Decided Start(HandlerFrame frame, NewStreamParts start)
    {
        IEvent[] events = [.. start.Events.Select(Event.For)];
        frame.Session.Events.StartStream(start.StateType, start.Key, [.. events]);
        return new Decided(start.Key, start.StateType, State: null, events.Length, events);
    }

    private static Decided AppendToState(HandlerFrame frame, Type? stateType, List<IEvent> events)
    {
        if (frame.Stream is not { } stream || stateType is null)
            throw new InvalidOperationException($"{frame.Message.GetType().Name} decided {events[0].EventType.Name}, and there is no stream to append it to.");

        stream.AppendMany(events);
        return new Decided(stream.Key, stateType, stream.Aggregate, (stream.StartingVersion ?? 0) + events.Count, events);
    }
}
