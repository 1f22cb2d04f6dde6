namespace EventSourced.Domain.Packages.Releases;

/// <summary>Makes a release of what builds have, with a plan that people may change before it is committed.</summary>
/// <param name="ReleaseId">Drawn by the caller.</param>
/// <param name="OwnerId">The user it belongs to.</param>
/// <param name="PlatformId">What it releases to.</param>
/// <param name="ProductId">Of the current form.</param>
/// <param name="ReferencePlatformId">Of the documented form.</param>
/// <param name="Builds">Known ones.</param>
/// <param name="BuildTasks">Only those of these tasks; null is all.</param>
/// <param name="Plan">See <see cref="ReleasePlan"/>.</param>
/// <param name="IsAutomatic">Whether nobody asked for it: then it is committed at once where that is safe.</param>
public sealed record PlanRelease(
    ReleaseId ReleaseId, int OwnerId, PlatformId PlatformId, int? ProductId, PlatformId? ReferencePlatformId, IReadOnlyList<BuildId> Builds,
    IReadOnlyList<BuildTaskId>? BuildTasks, FreeJson Plan, bool IsAutomatic = false);

public static class PlanReleaseHandler
{
    public static NewStream<Release> Handle(PlanRelease command) => new(
        command.ReleaseId.StreamKey,
        [
            new ReleasePlanned(
                command.ReleaseId, command.OwnerId, command.PlatformId, command.ProductId, command.ReferencePlatformId, command.Builds, command.BuildTasks,
                command.Plan, command.IsAutomatic),
        ]);
}
