using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;

namespace EventSourced.Projections.Packages;

/// <summary>A release as it stands.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="Number">The id the outside knows.</param>
/// <param name="OwnerId">The user it belongs to.</param>
/// <param name="PlatformId">What it releases to.</param>
/// <param name="ProductId">The product of the current form; null in the documented form.</param>
/// <param name="ReferencePlatformId">Of the documented form.</param>
/// <param name="CreatedAt">When it was planned.</param>
/// <param name="Builds">Whose packages are released.</param>
/// <param name="BuildTasks">Only those of these tasks; null is all.</param>
/// <param name="Plan">What goes where.</param>
/// <param name="Packages">Names of the plan's packages.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Attempt">Counts commits, reverts, and undoing.</param>
/// <param name="Message">What the last commit or revert came to.</param>
/// <param name="EndedAt">When it came to that.</param>
public sealed record ReleaseDetails(
    string Id, int Number, int OwnerId, int PlatformId, int? ProductId, int? ReferencePlatformId, DateTimeOffset CreatedAt, IReadOnlyList<int> Builds,
    IReadOnlyList<int>? BuildTasks, FreeJson Plan, IReadOnlyList<string> Packages, ReleaseStatus Status, int Attempt, string? Message, DateTimeOffset? EndedAt);

public sealed partial class ReleaseDetailsProjection : SingleStreamProjection<ReleaseDetails, string>
{
    public static ReleaseDetails Create(IEvent<ReleasePlanned> e) => new(
        e.Data.ReleaseId.StreamKey, e.Data.ReleaseId.Value, e.Data.OwnerId, e.Data.PlatformId.Value, e.Data.ProductId, e.Data.ReferencePlatformId?.Value, e.Timestamp,
        [.. e.Data.Builds.Select(b => b.Value)], e.Data.BuildTasks?.Select(t => t.Value).ToList(), e.Data.Plan, ReleasePlan.NamesIn(e.Data.Plan),
        ReleaseStatus.Scheduled, Attempt: 0, Message: null, EndedAt: null);

    public static ReleaseDetails Apply(ReleasePlanChanged e, ReleaseDetails view) => view with
    {
        Builds = [.. e.Builds.Select(b => b.Value)],
        BuildTasks = e.BuildTasks?.Select(t => t.Value).ToList(),
        Plan = e.Plan,
        Packages = ReleasePlan.NamesIn(e.Plan),
    };

    public static ReleaseDetails Apply(ReleaseCommitBegun e, ReleaseDetails view) => Begun(view, e.Attempt);

    public static ReleaseDetails Apply(ReleaseRevertBegun e, ReleaseDetails view) => Begun(view, e.Attempt);

    public static ReleaseDetails Apply(ReleaseUndoBegun e, ReleaseDetails view) => Begun(view, e.Attempt);

    public static ReleaseDetails Apply(IEvent<ReleaseCompleted> e, ReleaseDetails view) => Ended(view, ReleaseStatus.Completed, e.Data.Attempt, e.Data.Message, e.Timestamp);

    public static ReleaseDetails Apply(IEvent<ReleaseFailed> e, ReleaseDetails view) => Ended(view, ReleaseStatus.Failed, e.Data.Attempt, e.Data.Message, e.Timestamp);

    public static ReleaseDetails Apply(IEvent<ReleaseReverted> e, ReleaseDetails view) => Ended(view, ReleaseStatus.Reverted, e.Data.Attempt, e.Data.Message, e.Timestamp);

    public static ReleaseDetails Apply(ReleaseDeleted _, ReleaseDetails view) => view with { Status = ReleaseStatus.Deleted };

    private static ReleaseDetails Begun(ReleaseDetails view, int attempt) => view with { Status = ReleaseStatus.InProgress, Attempt = attempt, EndedAt = null };

    private static ReleaseDetails Ended(ReleaseDetails view, ReleaseStatus status, int attempt, string message, DateTimeOffset at) =>
        view with { Status = status, Attempt = attempt, Message = message, EndedAt = at };
}

public static class ReleaseQueries
{
    /// <summary>A release; null when there is none, or when it was deleted.</summary>
    public static async Task<ReleaseDetails?> ReleaseAsync(this IQuerySession session, ReleaseId id, CancellationToken token) =>
        await session.LoadAsync<ReleaseDetails>(id.StreamKey, token) is { Status: not ReleaseStatus.Deleted } release ? release : null;
}
