using System.Text.Json.Serialization;

namespace EventSourced.Messaging.Durability;

/// <summary>What travels with a queued message.</summary>
internal sealed record MessageHeaders(
    [property: JsonPropertyName("correlation_id")] string CorrelationId,
    [property: JsonPropertyName("causation_id")] string? CausationId,
    [property: JsonPropertyName("user_name")] string UserName,
    [property: JsonPropertyName("traceparent")] string? TraceParent)
{
    /// <summary>Whether the message id is kept after handling, because the message may arrive again.</summary>
    [JsonPropertyName("remember"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Remember { get; init; }
}
