namespace EventSourced.Messaging.Handlers;

/// <summary>Reads what a decision returned: new streams, and events of its state's stream.</summary>
internal static class DecisionReader
{
    /// <summary>One entry a stream: new ones in the order returned, then the state's.</summary>
    public static List<Decided> Read(HandlerFrame frame, Type? stateType, EventStamp stamp, object? result)
    {
        var decided = new List<Decided>();
        var forState = new List<IEvent>();
        foreach (var item in Returned.Items(result))
        {
            if (Shapes.AsNewStream(item) is { } start)
                decided.Add(new Decided(start.Key, start.StateType, Stream: null, [.. start.Events.Select(stamp.On)]));
            else
                forState.Add(stamp.On(item));
        }

        if (forState.Count > 0)
            decided.Add(OfState(frame, stateType, forState));

        return decided;
    }

    private static Decided OfState(HandlerFrame frame, Type? stateType, List<IEvent> events) =>
        frame.Stream is { } stream && stateType is not null
            ? new Decided(stream.Key, stateType, stream, events)
            : throw new InvalidOperationException($"{frame.Message.GetType().Name} decided {events[0].EventType.Name}, and there is no stream to append it to.");
}
