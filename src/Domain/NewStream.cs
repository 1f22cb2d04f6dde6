namespace EventSourced.Domain;

/// <summary>A decision's answer when it starts a stream: the stream must not exist.</summary>
/// <param name="Key">The stream key, <c>alias-id</c>.</param>
/// <param name="Events">Its first events.</param>
public abstract record NewStream(string Key, IReadOnlyList<object> Events);

/// <inheritdoc cref="NewStream"/>
/// <typeparam name="TState">The state folded from the stream.</typeparam>
public sealed record NewStream<TState>(string Key, IReadOnlyList<object> Events) : NewStream(Key, Events);
