namespace EventSourced.Messaging;

/// <summary>A decision needs a stream that does not exist. Treated as a refusal.</summary>
/// <param name="stateType">The state the decision asked for.</param>
/// <param name="streamKey">The stream's key; null when the handler's <c>Load</c> found none.</param>
public sealed class StreamNotFoundException(Type stateType, string? streamKey)
    : Exception(streamKey is null ? $"There is no {stateType.Name}." : $"There is no {stateType.Name} '{streamKey}'.")
{
    /// <summary>The state the decision asked for.</summary>
    public Type StateType { get; } = stateType;

    /// <summary>The stream's key; null when the handler's <c>Load</c> found none.</summary>
    public string? StreamKey { get; } = streamKey;
}

/// <summary>The stream to decide on has another version than the caller expects: somebody changed it since the caller read it. Nothing was saved.</summary>
/// <param name="streamKey">The stream's key.</param>
/// <param name="actual">Its version; 0 when it does not exist.</param>
public sealed class UnexpectedStreamVersionException(string streamKey, long actual) : Exception($"'{streamKey}' is at version {actual}.")
{
    /// <summary>The stream's key.</summary>
    public string StreamKey { get; } = streamKey;

    /// <summary>Its version; 0 when it does not exist.</summary>
    public long Actual { get; } = actual;
}

/// <summary>Handlers break the conventions; the host does not start.</summary>
/// <param name="errors">One line each.</param>
public sealed class MessagingConfigurationException(IReadOnlyList<string> errors)
    : Exception("Messaging cannot start:" + string.Concat(errors.Select(e => Environment.NewLine + "  " + e)))
{
    /// <summary>One line each.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}

/// <summary>A message's type is handled by nobody in this host.</summary>
/// <param name="messageType">Its full name.</param>
public sealed class UnknownMessageTypeException(string messageType) : Exception($"No handler here for '{messageType}'.")
{
    /// <summary>Its full name.</summary>
    public string MessageType { get; } = messageType;
}

/// <summary>A queued message was taken by another worker while this one handled it; nothing was saved.</summary>
internal sealed class LeaseLostException(Exception? inner = null) : Exception("The lease of the message was lost.", inner);
