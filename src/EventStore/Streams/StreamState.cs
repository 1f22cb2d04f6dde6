namespace EventSourced.EventStore.Streams;

/// <summary>One row of <c>mt_streams</c>.</summary>
/// <param name="Key">The stream's key.</param>
/// <param name="Version">Version of the last event; 0 for an empty stream.</param>
/// <param name="AggregateAlias">The aggregate alias it was started with, or null.</param>
/// <param name="LastTimestamp">When it was last touched.</param>
/// <param name="Created">When the row was made.</param>
/// <param name="IsArchived">Whether it refuses appends.</param>
public sealed record StreamState(
    string Key, long Version, string? AggregateAlias, DateTimeOffset LastTimestamp, DateTimeOffset Created, bool IsArchived)
{
    /// <summary>The aggregate of <see cref="AggregateAlias"/>, where a projection of this store folds it, or it was read live before; else null.</summary>
    public Type? AggregateType { get; init; }
}
