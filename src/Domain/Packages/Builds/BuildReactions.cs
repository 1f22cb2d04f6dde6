using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Domain.Packages.Builds;

public static class BuildReactions
{
    public static IEnumerable<object> When(BuildFinished e, Build build) =>
        e.Completed > 0 && build.IsOfBuiltInProduct && !build.IsSigned ? [new SignFinishedBuild(e.BuildId)] : [];
}
