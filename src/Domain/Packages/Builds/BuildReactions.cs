using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Domain.Packages.Builds;

public static class BuildReactions
{
    public static IEnumerable<object> When(BuildTaskOutcomeRecorded e, Build build) => [.. Sources(e, build), .. NoarchPackages(e, build)];

    /// <summary>
    /// A task that had to build its package's source has ended: the others of its package and platform get the source, or fail fast where there is none. On other
    /// platforms the same commit is built.
    /// </summary>
    private static IEnumerable<object> Sources(BuildTaskOutcomeRecorded e, Build build)
    {
        if (e.Source is not { } source || e.Outcome is BuildTaskOutcome.Cancelled)
            return [];

        var builder = build.Tasks.Single(t => t.BuildTaskId == e.BuildTaskId);
        var others = build.Tasks.Where(t => t.Index == builder.Index && build.Running.Contains(t.BuildTaskId)).ToLookup(t => t.PlatformId == builder.PlatformId);
        var failed = e.Outcome is BuildTaskOutcome.Failed && source.Package is null;
        return
        [
            .. others[true].Select(object (t) => failed ? new FailBuildTaskFast(t.BuildTaskId, builder.Arch) : new HandOverSource(t.BuildTaskId, builder.BuildTaskId, source)),
            .. source.GitCommitHash is null
                ? []
                : others[false].Select(t => new HandOverSource(t.BuildTaskId, builder.BuildTaskId, source with { Package = null })),
        ];
    }

    /// <summary>The last task of a package on a platform has ended: those that completed share what they built for every arch.</summary>
    private static IEnumerable<TakeNoarchPackages> NoarchPackages(BuildTaskOutcomeRecorded e, Build build)
    {
        var ended = build.Tasks.Single(t => t.BuildTaskId == e.BuildTaskId);
        var group = build.Tasks.Where(t => t.Index == ended.Index && t.PlatformId == ended.PlatformId).ToList();
        var completed = group.Where(t => t.Arch is not BuildPlan.Source && build.Completed.Contains(t.BuildTaskId)).Select(t => t.BuildTaskId).ToList();
        return completed.Count < 2 || group.Any(t => build.Running.Contains(t.BuildTaskId)) ? [] : completed.Select(t => new TakeNoarchPackages(t, completed));
    }

    public static IEnumerable<object> When(BuildCancelRequested _, Build build) =>
        build.Running.OrderBy(t => t.Value).Select(t => new CancelBuildTask(t));

    /// <summary>The last tasks of a signed build may have failed.</summary>
    public static IEnumerable<object> When(BuildFinished e, Build build) =>
        e.Completed is 0 || !build.IsOfBuiltInProduct ? [] : [build.IsSigned ? new ReleaseSignedBuild(e.BuildId) : new SignFinishedBuild(e.BuildId)];

    public static IEnumerable<object> When(BuildSigned e, Build build) =>
        build.IsOfBuiltInProduct && build.Running.IsEmpty ? [new ReleaseSignedBuild(e.BuildId)] : [];
}
