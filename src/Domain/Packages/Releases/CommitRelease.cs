using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.Releases;

/// <summary>Carries a plan out, or says why it cannot be. What targets themselves refuse is found when they are asked.</summary>
/// <param name="ReleaseId">The release.</param>
/// <param name="Built">What the release's builds have now.</param>
/// <param name="Signatures">How each of its builds is signed.</param>
/// <param name="Known">Those of the plan's repositories that exist.</param>
/// <param name="Lease">After how long somebody looks whether it got stuck.</param>
/// <param name="Candidates">Those that it may go to; null where nobody looked.</param>
public sealed record CommitRelease(
    ReleaseId ReleaseId, IReadOnlyList<BuiltPackage> Built, IReadOnlyList<BuildSignature> Signatures, IReadOnlyList<RepositoryId> Known, TimeSpan Lease,
    IReadOnlyList<RepositoryId>? Candidates = null);

/// <summary>What signing says about a build.</summary>
/// <param name="BuildId">The build.</param>
/// <param name="IsSigned">Whether all its packages are signed.</param>
/// <param name="ForeignKey">A key that some package is signed by and that belongs neither to the platform nor to a compatible one; null without.</param>
public sealed record BuildSignature(BuildId BuildId, bool IsSigned, string? ForeignKey)
{
    /// <summary>What this has against a release in the current form; null when nothing.</summary>
    public string? Obstacle => !IsSigned ? $"build {BuildId.Value} is not signed"
        : ForeignKey is not null ? $"build {BuildId.Value} is signed by {ForeignKey}, a key of neither the platform nor a compatible one" : null;
}

public static class CommitReleaseHandler
{
    public static IReadOnlyList<IReleaseEvent> Handle(CommitRelease command, Release? release, DateTimeOffset now)
    {
        if (release is null or { Status: ReleaseStatus.Deleted })
            throw new RuleViolationException(ReleaseErrors.Unknown, $"There is no {command.ReleaseId.StreamKey}.");

        if (release.Status is not (ReleaseStatus.Scheduled or ReleaseStatus.Failed))
            throw new RuleViolationException(ReleaseErrors.NotOpen, $"{release.Id} is {release.Status}.");

        var attempt = release.Attempt + 1;
        var plan = ReleasePlan.Read(release.Plan);
        return Obstacle(command, release, plan) is { } reason
            ? [new ReleaseFailed(release.ReleaseId, attempt, ReleaseMessages.CannotCommit(reason))]
            : [new ReleaseCommitBegun(release.ReleaseId, attempt, plan.TargetsOf(command.Built), plan.Warnings(), command.Lease, now + command.Lease)];
    }

    /// <summary>In the order of the contract (albs 13.5).</summary>
    private static string? Obstacle(CommitRelease command, Release release, ReleasePlan plan) =>
        plan.Unreadable
        ?? (plan.Packages is [] || !plan.HasRepositories ? "the plan has no packages or no repositories" : null)
        ?? UnsignedOf(release, command.Signatures)
        ?? plan.Targets.Except(command.Known).Select(id => $"repository {id.Value} does not exist").FirstOrDefault()
        ?? plan.MisplacedOutside(command.Candidates ?? command.Known)
        ?? (plan.Targets is [] ? "no package has a repository to go to" : null)
        ?? plan.Packages.Where(p => p.Repositories is not []).Select(p => p.FileName).Except(command.Built.Select(b => b.FileName))
            .Select(name => $"{name} is no package of the release's builds").FirstOrDefault();

    /// <summary>The documented form knows no signatures.</summary>
    private static string? UnsignedOf(Release release, IReadOnlyList<BuildSignature> signatures) =>
        release.ProductId is null ? null : signatures.OrderBy(s => s.IsSigned).Select(s => s.Obstacle).FirstOrDefault(obstacle => obstacle is not null);
}
