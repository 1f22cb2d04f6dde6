namespace EventSourced.EventStore.Daemon;

/// <summary>A document that stopped at an event its projection failed on; the rest of the shard went on.</summary>
/// <param name="Shard">The shard's name, as in <c>mt_event_progression</c>.</param>
/// <param name="DocumentId">
/// The document's id; for flat tables the stream's key; <c>event:</c> and the number for an event that could not be read, so that its documents are unknown.
/// </param>
/// <param name="Sequence">The event it stopped at.</param>
/// <param name="Error">What the projection threw.</param>
/// <param name="Parked">When.</param>
public sealed record ParkedDocument(string Shard, string DocumentId, long Sequence, string Error, DateTimeOffset Parked);
