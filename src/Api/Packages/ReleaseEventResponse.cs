using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json.Serialization;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages;

/// <summary>One change of a release. The server-sent event is named after it; <c>release</c> comes first, <c>end</c> last.</summary>
public sealed record ReleaseEventResponse
{
    public required int ReleaseId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Status { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Attempt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? RepositoryId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? At { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? By { get; init; }

    public static FollowedChanges<ReleaseEventResponse> Of(ReleaseDetails release) => new(
        release.Id, [],
        new(new() { ReleaseId = release.Number, Status = TextOf(release.Status), Message = release.Message, At = release.CreatedAt }, "release"),
        change => Of(release.Number, change), Ends: ["release_completed", "release_failed", "release_reverted", "release_deleted"],
        Resumes: ["release_commit_begun", "release_revert_begun"], new() { ReleaseId = release.Number }, new() { ReleaseId = release.Number });

    private static SseItem<ReleaseEventResponse>? Of(int release, HistoryEvent e) => StatusOf(e.Type) is not { } status ? null : new(
        new()
        {
            ReleaseId = release,
            Status = status,
            Attempt = e.Number("Attempt"),
            RepositoryId = e.Number("RepositoryId"),
            Message = e.Text("Message"),
            At = e.At,
            By = e.By,
        }, e.Type) { EventId = e.Sequence.ToString(CultureInfo.InvariantCulture) };

    private static string? StatusOf(string type) => type switch
    {
        "release_planned" => "scheduled",
        "release_plan_changed" => "changed",
        "release_commit_begun" => "in_progress",
        "release_target_staged" => "staged",
        "release_decided" => "decided",
        "release_target_published" => "published",
        "release_resumed" => "resumed",
        "release_undo_begun" => "undoing",
        "release_completed" => "completed",
        "release_failed" => "failed",
        "release_revert_begun" => "reverting",
        "release_reverted" => "reverted",
        "release_deleted" => "deleted",
        _ => null,
    };

    private static string TextOf(ReleaseStatus status) => status is ReleaseStatus.InProgress ? "in_progress" : status.ToString().ToLowerInvariant();
}
