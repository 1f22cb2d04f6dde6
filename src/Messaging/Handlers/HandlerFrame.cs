using EventSourced.Messaging.Durability;

namespace EventSourced.Messaging.Handlers;

/// <summary>Everything one run of a handler may be given; the compiled calls read their arguments from it.</summary>
internal sealed class HandlerFrame
{
    public static HandlerFrame Of(Delivery delivery, IDocumentSession session, IServiceProvider services, DateTimeOffset now, CancellationToken cancellation) => new()
    {
        Message = delivery.Message,
        Session = session,
        Services = services,
        Context = delivery.Context,
        Now = now,
        Cancellation = cancellation,
        ExpectedVersions = delivery.ExpectedVersions,
    };

    /// <summary>The same surroundings with another message.</summary>
    public HandlerFrame With(object message) =>
        new() { Message = message, Session = Session, Services = Services, Context = Context, Now = Now, Cancellation = Cancellation };

    public required object Message { get; init; }

    public required IDocumentSession Session { get; init; }

    public required IServiceProvider Services { get; init; }

    public required MessageContext Context { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required CancellationToken Cancellation { get; init; }

    /// <summary>Versions of which <see cref="Stream"/> must have one; null for any.</summary>
    public IReadOnlyList<long>? ExpectedVersions { get; init; }

    /// <summary>The stream a decision's events go to; null without one.</summary>
    public IEventStream<object>? Stream { get; set; }

    /// <summary>Those it reads beside, of which it may change some.</summary>
    public IReadOnlyList<IEventStream<object>> Beside { get; set; } = [];

    /// <summary>What <c>Load</c> returned beside streams, by position.</summary>
    public object?[] Loaded { get; set; } = [];

    /// <summary>What was read is what the append will enforce, so this holds for the moment of the commit too.</summary>
    /// <exception cref="UnexpectedStreamVersionException">The stream has another version.</exception>
    public void CheckVersion()
    {
        if (ExpectedVersions is not { } expected)
            return;

        if (Stream is not { } stream)
            throw new InvalidOperationException($"{Message.GetType().Name} decides on no stream whose version could be expected.");

        if (stream.StartingVersion is not { } version || !expected.Contains(version))
            throw new UnexpectedStreamVersionException(stream.Key, stream.StartingVersion ?? 0);
    }
}
