namespace EventSourced.EventStore.Projections;

/// <summary>Folds a stream as it is read.</summary>
internal sealed class LiveFold(AggregateModel model, object? state)
{
    private long version;

    public object? State { get; private set; } = state;

    public long Version => version;

    /// <param name="event">Null for a row that is none.</param>
    public void Add(IEvent? @event)
    {
        if (@event is null)
            return;

        State = model.Evolve(State, @event);
        version = @event.Version;
    }

    /// <summary>The aggregate, its <c>Id</c> and <c>Version</c> filled where events were folded.</summary>
    public object? Result(string key)
    {
        if (State is not null && version > 0)
            model.Members.Fill(State, key, version);

        return State;
    }
}
