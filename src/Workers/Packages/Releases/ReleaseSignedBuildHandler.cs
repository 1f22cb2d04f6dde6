using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Projections;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Beholder;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Releases;

/// <summary>Plans what a signed build is to be released as; a platform it has no packages for gets no release.</summary>
public static class ReleaseSignedBuildHandler
{
    private const int BuiltInProduct = 1;

    public static async Task<IReadOnlyList<PlanRelease>> HandleAsync(
        ReleaseSignedBuild message, IQuerySession session, IBeholder beholder, IOptions<AutomaticReleaseOptions> options, CancellationToken cancellation)
    {
        if (!options.Value.Enabled || await session.LoadAsync<BuildDetails>(message.BuildId.StreamKey, cancellation) is not { IsSigned: true } build)
            return [];

        var ids = build.Platforms.Select(p => p.PlatformId).Distinct().ToList();
        var signature = await session.SignaturesOfAsync([build], ids.Select(p => p.Value).ToHashSet(), cancellation);
        if (!signature[0].IsSigned)
            throw new InvalidOperationException($"Signed files of {build.Id} are still on their way."); // a retry finds them

        var planned = new List<PlanRelease>();
        foreach (var platform in await session.LoadManyAsync<PlatformDetails>(cancellation, [.. ids.Select(p => p.StreamKey)]))
        {
            if (await PlanAsync(build, platform, session, beholder, cancellation) is { } release)
                planned.Add(release);
        }

        return planned;
    }

    private static async Task<PlanRelease?> PlanAsync(
        BuildDetails build, PlatformDetails platform, IQuerySession session, IBeholder beholder, CancellationToken cancellation)
    {
        // Packages for a compatible platform of the same build have a release of their own.
        var tasks = build.Platforms.Count is 1 ? null : (await session.TasksOfBuildsAsync([build.Number], cancellation))
            .Where(t => t.Platform.PlatformId.Value == platform.Number).Select(t => new BuildTaskId(t.Number)).ToList();
        var scope = new ReleaseScope(platform, BuiltInProduct, Reference: null, [build.Number], tasks);
        var plan = await session.ProposeReleaseAsync(scope, beholder.ProjectsAsync, url => url, cancellation);
        return ReleasePlan.Read(plan).Packages is [] ? null : new(
            await session.NextIdAsync<ReleaseId>(cancellation), build.OwnerId, new(platform.Number), BuiltInProduct, ReferencePlatformId: null, [new(build.Number)],
            tasks, plan, IsAutomatic: true);
    }
}
