namespace EventSourced.Domain;

/// <summary>A decision's answer when it also changes a stream that it read beside its own.</summary>
/// <param name="Key">The stream key, <c>alias-id</c>.</param>
/// <param name="Events">What is appended to it.</param>
public abstract record ChangedStream(string Key, IReadOnlyList<object> Events);

/// <inheritdoc cref="ChangedStream"/>
/// <typeparam name="TState">The state folded from the stream.</typeparam>
public sealed record ChangedStream<TState>(string Key, IReadOnlyList<object> Events) : ChangedStream(Key, Events);
