namespace EventSourced.Domain;

/// <summary>A decision's answer when it starts a stream: the stream must not exist.</summary>
/// <typeparam name="TState">The state folded from the stream.</typeparam>
/// <param name="Key">The stream key, <c>alias-id</c>.</param>
/// <param name="Events">Its first events.</param>
public sealed record NewStream<TState>(string Key, IReadOnlyList<object> Events);
