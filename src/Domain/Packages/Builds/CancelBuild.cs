namespace EventSourced.Domain.Packages.Builds;

/// <summary>Ends what has not begun; what nodes are working on goes on, unless they are nodes that can be told.</summary>
public sealed record CancelBuild(BuildId BuildId);

public static class CancelBuildHandler
{
    public static IReadOnlyList<IBuildEvent> Handle(CancelBuild command, Build? build)
    {
        if (build is null)
            throw new RuleViolationException(BuildErrors.Unknown, $"There is no {command.BuildId.StreamKey}.");

        return build.Running.IsEmpty ? [] : [new BuildCancelRequested(build.BuildId)];
    }
}
