using EventSourced.Domain;
using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Projections.Packages;

/// <summary>A build without its tasks' progress, which is in <see cref="BuildTaskDetails"/>.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="Number">The id the outside knows.</param>
/// <param name="OwnerId">The user it belongs to.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="FinishedAt">When its last task ended.</param>
/// <param name="Form">How it was asked for.</param>
/// <param name="Platforms">In the order of the request.</param>
/// <param name="Tasks">Ids of its tasks, ascending.</param>
/// <param name="Repositories">Ids of its repositories.</param>
/// <param name="LinkedBuilds">Ids of builds whose packages are offered to its tasks.</param>
/// <param name="MockOptions">Options for all packages.</param>
/// <param name="PlatformFlavors">Overlays asked for.</param>
/// <param name="IsSecureBoot">Whether it is built for secure boot.</param>
/// <param name="ProductId">The product it belongs to; null is the built-in one.</param>
/// <param name="IsSigned">Whether all its packages are signed.</param>
/// <param name="ReleaseId">The last release that wanted its packages.</param>
/// <param name="IsReleased">Whether that release has them out.</param>
public sealed record BuildDetails(
    string Id, int Number, int OwnerId, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt, BuildForm Form, IReadOnlyList<BuildPlatform> Platforms,
    IReadOnlyList<int> Tasks, IReadOnlyList<int> Repositories, IReadOnlyList<int> LinkedBuilds, FreeJson? MockOptions, IReadOnlyList<int> PlatformFlavors,
    bool IsSecureBoot, int? ProductId, int? ReleaseId = null, bool IsReleased = false, bool IsSigned = false);

public sealed partial class BuildDetailsProjection : SingleStreamProjection<BuildDetails, string>
{
    public static BuildDetails Create(IEvent<BuildRequested> e) => new(
        e.Data.BuildId.StreamKey, e.Data.BuildId.Value, e.Data.OwnerId, e.Timestamp, FinishedAt: null, e.Data.Form, e.Data.Platforms,
        [.. e.Data.Tasks.Select(t => t.BuildTaskId.Value)], [.. e.Data.Repositories.Select(r => r.Value)], [.. e.Data.LinkedBuilds.Select(b => b.Value)],
        e.Data.MockOptions, e.Data.PlatformFlavors, e.Data.IsSecureBoot, e.Data.ProductId);

    public static BuildDetails Apply(IEvent<BuildFinished> e, BuildDetails view) => view with { FinishedAt = e.Timestamp };

    public static BuildDetails Apply(BuildReleased e, BuildDetails view) => view with { ReleaseId = e.ReleaseId.Value, IsReleased = true };

    public static BuildDetails Apply(BuildReleaseFailed e, BuildDetails view) => view with { ReleaseId = e.ReleaseId.Value, IsReleased = false };

    public static BuildDetails Apply(BuildReleaseReverted e, BuildDetails view) => view with { ReleaseId = e.StillOut?.Value, IsReleased = e.StillOut is not null };

    public static BuildDetails Apply(BuildSigned _, BuildDetails view) => view with { IsSigned = true };

    public static BuildDetails Apply(BuildSignatureOutdated _, BuildDetails view) => view with { IsSigned = false };
}
