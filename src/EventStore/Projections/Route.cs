namespace EventSourced.EventStore.Projections;

/// <summary>Which documents events of a type belong to.</summary>
internal abstract class Route
{
    /// <summary>Whether more than the event's body must be read.</summary>
    public abstract bool TakesEnvelope { get; }

    public abstract bool Takes(IEvent @event);

    public abstract IReadOnlyList<string> Ids(IEvent @event);
}

/// <inheritdoc/>
internal sealed class Route<TEvent>(Func<TEvent, IReadOnlyList<string>> ids) : Route where TEvent : notnull
{
    private static readonly Type BodyType = ConventionMethod.BodyOf(typeof(TEvent));

    public override bool TakesEnvelope { get; } = ConventionMethod.IsEnvelope(typeof(TEvent));

    public override bool Takes(IEvent @event) => BodyType.IsAssignableFrom(@event.EventType);

    public override IReadOnlyList<string> Ids(IEvent @event) => ids((TEvent)(TakesEnvelope ? @event : @event.Data));
}
