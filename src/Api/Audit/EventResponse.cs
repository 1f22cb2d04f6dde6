using System.Text.Json;

namespace EventSourced.Api.Audit;

/// <summary>One event of the log, as it is stored.</summary>
/// <param name="Sequence">Position in the whole log; the order.</param>
/// <param name="Id">Its unique id.</param>
/// <param name="Stream">The stream's key.</param>
/// <param name="Version">Position in its stream, from 1.</param>
/// <param name="Type">The event's name.</param>
/// <param name="Timestamp">When it was recorded; never the order.</param>
/// <param name="Actor">Principal key of whoever asked for what led to it.</param>
/// <param name="Correlation">The request or schedule it came from, through all that followed.</param>
/// <param name="Causation">The event that led to it; of a root the id of the command's message.</param>
/// <param name="Headers">Message id and type, trace, and the executing role (<c>by</c>).</param>
/// <param name="Data">What happened.</param>
public sealed record EventResponse(
    long Sequence, Guid Id, string Stream, long Version, string Type, DateTimeOffset Timestamp, string? Actor, string? Correlation, string? Causation,
    JsonElement? Headers, JsonElement Data);

/// <param name="Items">In the order of the log.</param>
/// <param name="Next">Send it as <c>after</c> for what follows.</param>
/// <param name="HighWaterMark">Up to here nothing will be added any more; nothing beyond it is shown. A search is as far as its index.</param>
public sealed record EventPageResponse(IReadOnlyList<EventResponse> Items, long Next, long HighWaterMark);
