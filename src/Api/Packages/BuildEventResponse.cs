using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages;

/// <summary>One change of a build or of one of its tasks. The server-sent event is named after it; <c>build</c> comes first, <c>end</c> last.</summary>
public sealed record BuildEventResponse
{
    public required int BuildId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TaskId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Status { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Attempt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Node { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? At { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? By { get; init; }

    public static SseItem<BuildEventResponse> Opening(BuildDetails build) =>
        new(new() { BuildId = build.Number, Status = build.FinishedAt is null ? "running" : "finished", At = build.CreatedAt }, "build");

    /// <summary>Null for events that change no status.</summary>
    public static SseItem<BuildEventResponse>? Of(int build, BuildHistoryEvent e) => StatusOf(e.Type) is not { } status ? null : new(
        new()
        {
            BuildId = build,
            TaskId = Member(e.Data, "BuildTaskId") is { ValueKind: JsonValueKind.Number } task ? task.GetInt32() : null,
            Status = status,
            Attempt = Member(e.Data, "Attempt") is { ValueKind: JsonValueKind.Number } attempt ? attempt.GetInt32() : null,
            Node = Text(e.Data, "Node"),
            Error = Text(e.Data, "Error") ?? Text(e.Data, "Reason"),
            At = e.At,
            By = e.By,
        }, e.Type) { EventId = e.Sequence.ToString(CultureInfo.InvariantCulture) };

    private static string? StatusOf(string type) => type switch
    {
        "build_requested" => "requested",
        "build_finished" => "finished",
        "build_task_queued" or "build_task_requeued" => "idle",
        "build_task_assigned" => "started",
        "build_task_reported" => "reported",
        "build_task_succeeded" => "completed",
        "build_task_failed" => "failed",
        "build_task_excluded" => "excluded",
        "build_task_cancelled" => "cancelled",
        "build_cancel_requested" => "cancelling",
        _ => null,
    };

    private static JsonElement? Member(JsonElement data, string name) => data.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement data, string name) => Member(data, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
