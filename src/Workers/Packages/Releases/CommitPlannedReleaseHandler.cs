using EventSourced.Domain.Packages.Releases;
using EventSourced.Projections.Packages;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Releases;

/// <summary>Commits a release that nobody asked for; where a person has to look at it, or has by now, it is left to him.</summary>
public static class CommitPlannedReleaseHandler
{
    public static async Task<CommitRelease?> HandleAsync(
        CommitPlannedRelease message, IQuerySession session, IOptions<AutomaticReleaseOptions> options, CancellationToken cancellation)
    {
        if (await session.ReleaseAsync(message.ReleaseId, cancellation) is not { Status: ReleaseStatus.Scheduled } release)
            return null;

        var commit = await session.CommitOfAsync(release, options.Value.Lease, cancellation);
        var plan = ReleasePlan.Read(release.Plan);
        return plan.IsSafe(await session.PackagesInAsync([.. plan.Targets.Select(t => t.Value)], commit.Built, cancellation)) ? commit : null;
    }
}
