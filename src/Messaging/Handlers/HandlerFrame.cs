namespace EventSourced.Messaging.Handlers;

/// <summary>Everything one run of a handler may be given; the compiled calls read their arguments from it.</summary>
internal sealed class HandlerFrame
{
    public required object Message { get; init; }

    public required IDocumentSession Session { get; init; }

    public required IServiceProvider Services { get; init; }

    public required MessageContext Context { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required CancellationToken Cancellation { get; init; }

    /// <summary>The stream a decision's events go to; null without one.</summary>
    public IEventStream<object>? Stream { get; set; }

    /// <summary>What <c>Load</c> returned beside streams, by position.</summary>
    public object?[] Loaded { get; set; } = [];
}
