namespace EventSourced.Messaging.Handlers;

/// <summary>How one message type is handled: load, fetch the state, validate, handle. Compiled at start.</summary>
internal sealed class HandlerChain
{
    public required Type MessageType { get; init; }

    /// <summary>Whether it returns events; else it returns messages.</summary>
    public required bool IsDecision { get; init; }

    /// <summary>Whether it needs nothing but the message, its stream and the time, so that several may share one transaction.</summary>
    public required bool IsPure { get; init; }

    /// <summary>Whether concurrent callers may share one transaction: it is pure but for a Load that finds the streams of several messages at once.</summary>
    public required bool MayShare { get; init; }

    /// <summary>The state a decision reads; null without one.</summary>
    public required Type? StateType { get; init; }

    /// <summary>The order key of queued messages of this type, the target stream; null without one.</summary>
    public required Func<object, string>? StreamKey { get; init; }

    public required Func<HandlerFrame, ValueTask>? Load { get; init; }

    /// <summary>As <see cref="Load"/>, for several messages of one session; null without one.</summary>
    public required Func<IReadOnlyList<HandlerFrame>, Task>? LoadMany { get; init; }

    /// <summary>Reads the state; given a batch, when that is executed.</summary>
    public required Func<HandlerFrame, IBatchedQuery?, Task>? FetchState { get; init; }

    /// <summary>Reads the streams beside, likewise.</summary>
    public required Func<HandlerFrame, IBatchedQuery?, Task>? FetchBeside { get; init; }

    public required Func<HandlerFrame, ValueTask<object?>>? Validate { get; init; }

    public required Func<HandlerFrame, ValueTask<object?>> Handle { get; init; }

    /// <summary>The messages that say that an effect will not be tried again, from its message and the reason; null without.</summary>
    public required Func<object, string, object?>? GiveUp { get; init; }

    public async ValueTask<object?> RunAsync(HandlerFrame frame)
    {
        if (Load is not null)
            await Load(frame);

        if (FetchState is not null)
            await FetchState(frame, null);

        if (FetchBeside is not null)
            await FetchBeside(frame, null);

        return await DecideAsync(frame);
    }

    /// <summary>The rest of it, with all that is read at hand.</summary>
    public async ValueTask<object?> DecideAsync(HandlerFrame frame)
    {
        frame.CheckVersion();
        if (Validate is not null)
            await Validate(frame);

        return await Handle(frame);
    }
}
