namespace EventSourced.Messaging.Handlers;

/// <summary>Reads what a decision returned: new streams, events of its state's stream, and of those it read beside.</summary>
internal static class DecisionReader
{
    /// <summary>One entry a stream: new ones and those beside in the order returned, then the state's.</summary>
    public static List<Decided> Read(HandlerFrame frame, Type? stateType, EventStamp stamp, object? result)
    {
        var decided = new List<Decided>();
        var forState = new List<IEvent>();
        foreach (var item in Returned.Items(result))
        {
            if (Shapes.AsNewStream(item) is { } start)
                decided.Add(new Decided(start.Key, start.StateType, Stream: null, [.. start.Events.Select(stamp.On)]));
            else if (Shapes.AsChangedStream(item) is { } change)
                decided.Add(new Decided(change.Key, change.StateType, StreamBeside(frame, change.Key), [.. change.Events.Select(stamp.On)]));
            else
                forState.Add(stamp.On(item));
        }

        if (forState.Count > 0)
            decided.Add(OfState(frame, stateType, forState));

        RefuseTwice(frame, decided);
        return decided;
    }

    private static IEventStream<object> StreamBeside(HandlerFrame frame, string key) =>
        frame.Beside.FirstOrDefault(s => s.Key == key)
        ?? throw new InvalidOperationException($"{frame.Message.GetType().Name} changed the stream '{key}', which it did not read.");

    /// <summary>Two new streams of one key would be one stream with two beginnings.</summary>
    private static void RefuseTwice(HandlerFrame frame, List<Decided> decided)
    {
        if (decided.Count > 1 && decided.CountBy(d => d.Key, StringComparer.Ordinal).FirstOrDefault(k => k.Value > 1).Key is { } twice)
            throw new InvalidOperationException($"{frame.Message.GetType().Name} decided the stream '{twice}' twice.");
    }

    private static Decided OfState(HandlerFrame frame, Type? stateType, List<IEvent> events) =>
        frame.Stream is { } stream && stateType is not null
            ? new Decided(stream.Key, stateType, stream, events)
            : throw new InvalidOperationException($"{frame.Message.GetType().Name} decided {events[0].EventType.Name}, and there is no stream to append it to.");
}
