using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json.Serialization;
using EventSourced.Domain.Packages;
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

    public static FollowedChanges<BuildEventResponse> Of(BuildDetails build) => new(
        build.Id, [.. build.Tasks.Select(t => new BuildTaskId(t).StreamKey)],
        new(new() { BuildId = build.Number, Status = build.FinishedAt is null ? "running" : "finished", At = build.CreatedAt }, "build"),
        change => Of(build.Number, change), Ends: ["build_finished"], Resumes: [], new() { BuildId = build.Number },
        new() { BuildId = build.Number, Status = "finished" });

    /// <summary>Null for events that change no status.</summary>
    private static SseItem<BuildEventResponse>? Of(int build, HistoryEvent e) => StatusOf(e.Type) is not { } status ? null : new(
        new()
        {
            BuildId = build,
            TaskId = e.Number("BuildTaskId"),
            Status = status,
            Attempt = e.Number("Attempt"),
            Node = e.Text("Node"),
            Error = e.Text("Error") ?? e.Text("Reason"),
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
        "build_released" => "released",
        "build_release_failed" => "release_failed",
        "build_release_reverted" => "release_reverted",
        _ => null,
    };
}
