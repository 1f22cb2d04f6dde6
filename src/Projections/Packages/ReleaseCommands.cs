using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Releases;

namespace EventSourced.Projections.Packages;

/// <summary>What is looked up for the commands of releases, whoever gives them.</summary>
public static class ReleaseCommands
{
    /// <summary>The plan we propose.</summary>
    /// <param name="session">Reads.</param>
    /// <param name="scope">What is released.</param>
    /// <param name="ask">Asks the beholder.</param>
    /// <param name="absolute">Makes addresses of ours absolute.</param>
    /// <param name="token">Cancels.</param>
    public static async Task<FreeJson> ProposeReleaseAsync(
        this IQuerySession session, ReleaseScope scope, AskBeholder ask, Func<string, string> absolute, CancellationToken token)
    {
        var platform = scope.Platform;
        var packages = await session.BuiltPackagesAsync(scope.Builds, scope.BuildTasks?.Select(t => t.Value).ToList(), platform.ReleasedFrom(), token);
        var destination = new ReleaseDestination(
            platform.Name, platform.Settings.DistrVersion ?? "", platform.Type, platform.Settings.ArchList ?? [],
            [
                .. (await session.CandidatesAsync(platform, scope.ProductId, token))
                    .Select(r => new ReleaseRepository(new(r.Number), r.Name, r.Arch, r.Debug, absolute(r.Settings.Url ?? ""))),
            ],
            await session.PredictionsAsync(scope, packages, ask, token));
        return ReleaseProposal.Of(
            destination, packages, await session.PresentAsync(packages, package => ReleaseProposal.TargetsOf(destination, package).Select(r => r.RepositoryId), token));
    }

    /// <summary>Repositories that packages for a platform may be released to: its own; in the documented form those of all platforms (albs 13.3).</summary>
    public static async Task<IEnumerable<RepositoryDetails>> CandidatesAsync(
        this IQuerySession session, PlatformDetails platform, int? product, CancellationToken token)
    {
        var type = platform.Type is PlatformType.Deb ? "deb" : "rpm";
        return (await session.ProductionRepositoriesAsync(product is null ? null : platform.Repositories, token)).Where(r => r.Type == type);
    }

    /// <summary>What the targets of each package have under its name.</summary>
    public static async Task<IReadOnlyList<PackageInRepository>> PresentAsync(
        this IQuerySession session, IReadOnlyList<BuiltPackage> packages, Func<BuiltPackage, IEnumerable<RepositoryId>> targetsOf, CancellationToken token)
    {
        var targets = packages.ToDictionary(p => p.FileName, p => targetsOf(p).ToHashSet(), StringComparer.Ordinal);
        var present = await session.PackagesInAsync([.. targets.Values.SelectMany(ids => ids).Select(id => id.Value).Distinct()], packages, token);
        return [.. present.Where(p => targets[p.FileName].Contains(p.RepositoryId))];
    }

    /// <summary>What the signatures of its builds have against a release that is to be committed, as the commit would say it; nothing in the documented form (albs 13.5).</summary>
    public static async Task<IReadOnlyList<string>> WarningsOfAsync(this IQuerySession session, ReleaseDetails release, CancellationToken token)
    {
        if (release is { ProductId: null } or { Status: not (ReleaseStatus.Scheduled or ReleaseStatus.Failed) }
            || await session.LoadAsync<PlatformDetails>(new PlatformId(release.PlatformId).StreamKey, token) is not { } platform)
            return [];

        return [.. (await session.SignaturesOfAsync(release, platform, token)).Select(s => s.Obstacle).OfType<string>()];
    }

    private static async Task<IReadOnlyList<BuildSignature>> SignaturesOfAsync(
        this IQuerySession session, ReleaseDetails release, PlatformDetails platform, CancellationToken token)
    {
        var builds = await session.LoadManyAsync<BuildDetails>(token, [.. release.Builds.Select(b => new BuildId(b).StreamKey)]);
        var platforms = (await session.PlatformsNamedAsync([.. platform.ReleasedFrom()], token)).Select(p => p.Number).ToHashSet();
        return await session.SignaturesOfAsync(builds, platforms, token);
    }

    /// <summary>A commit of a release, with all it has to know.</summary>
    public static async Task<CommitRelease> CommitOfAsync(this IQuerySession session, ReleaseDetails release, TimeSpan lease, CancellationToken token)
    {
        var platform = await session.LoadAsync<PlatformDetails>(new PlatformId(release.PlatformId).StreamKey, token)
            ?? throw new InvalidOperationException($"{release.Id} has no platform.");
        var known = await session.LoadManyAsync<RepositoryDetails>(token, [.. ReleasePlan.Read(release.Plan).Targets.Select(r => r.StreamKey)]);
        var candidates = await session.CandidatesAsync(platform, release.ProductId, token);
        var built = await session.BuiltPackagesAsync(release.Builds, release.BuildTasks, platform.ReleasedFrom(), token);
        return new(
            new(release.Number), built, await session.SignaturesOfAsync(release, platform, token), [.. known.Select(r => new RepositoryId(r.Number))], lease,
            [.. candidates.Select(r => new RepositoryId(r.Number))]);
    }
}
