using EventSourced.Domain.Packages;

namespace EventSourced.Projections.Packages;

/// <summary>What a release is made of, and for whom.</summary>
/// <param name="Platform">What is released to.</param>
/// <param name="ProductId">Its releases go to the platform's own repositories; null is the documented form, which knows all production repositories.</param>
/// <param name="Reference">The platform that the documented form names for predictions.</param>
/// <param name="Builds">The builds.</param>
/// <param name="BuildTasks">Only those of these tasks; null is all.</param>
public sealed record ReleaseScope(
    PlatformDetails Platform, int? ProductId, PlatformDetails? Reference, IReadOnlyCollection<int> Builds, IReadOnlyList<BuildTaskId>? BuildTasks)
{
    internal bool IsDocumentedForm => ProductId is null;
}
