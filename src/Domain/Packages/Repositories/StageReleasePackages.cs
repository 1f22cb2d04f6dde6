using EventSourced.Domain.Packages.Releases;

namespace EventSourced.Domain.Packages.Repositories;

/// <summary>A release wants to bring these packages, all or none; whether it may is said by an event, never by a refusal, for the release waits for it.</summary>
public sealed record StageReleasePackages(RepositoryId RepositoryId, ReleaseId ReleaseId, int Attempt, IReadOnlyList<ReleasePackage> Packages);

public static class StageReleasePackagesHandler
{
    public static IReadOnlyList<IRepositoryEvent> Handle(StageReleasePackages command, Repository? repository)
    {
        if (repository is null)
            throw new RuleViolationException(RepositoryErrors.Unknown, $"There is no {command.RepositoryId.StreamKey}.");

        var releases = repository.Releases;
        if (releases.HeldFor(command.ReleaseId, command.Attempt) is not null || releases.SettledAs(command.ReleaseId, command.Attempt) is not null)
            return [];

        var brought = command.Packages.Where(p => !repository.Has(p.Package));
        return brought.Select(p => Obstacle(p, command.ReleaseId, repository)).FirstOrDefault(reason => reason is not null) is { } reason
            ? [new ReleasePackagesRefused(repository.RepositoryId, command.ReleaseId, command.Attempt, reason)]
            : [new ReleasePackagesStaged(repository.RepositoryId, command.ReleaseId, command.Attempt, [.. command.Packages.Select(p => p.Package)])];
    }

    // A package's path is its file name, which says its name, version, release and arch: another file at the path is the same package from elsewhere, or of another epoch.
    private static string? Obstacle(ReleasePackage wanted, ReleaseId release, Repository repository) =>
        repository.Releases.HolderOf(wanted.Package.Path, release) is { } holder
            ? $"{wanted.Package.FileName} is being released to {repository.Identity.Name} ({repository.Identity.Arch}) by release {holder.Value}"
            : !wanted.IsForced && repository.Packages.GetValueOrDefault(wanted.Package.Path) is { } present
                ? $"{wanted.Package.FileName} in {repository.Identity.Name} ({repository.Identity.Arch}): package already in repo and force release is disabled"
                    + OtherEpoch(wanted.Package, present)
                : null;

    private static string OtherEpoch(RepositoryPackage wanted, RepositoryPackage present) =>
        wanted.Epoch is { } ours && present.Epoch is { } theirs && ours != theirs ? $"; there it has epoch {theirs}, here {ours}, and one place can have only one of them" : "";
}
