namespace EventSourced.Domain.Packages.Builds;

/// <summary>All packages the build had have been signed.</summary>
public sealed record RecordBuildSigned(BuildId BuildId, SignTaskId SignTaskId);

public static class RecordBuildSignedHandler
{
    public static IReadOnlyList<IBuildEvent> Handle(RecordBuildSigned command, Build? build)
    {
        if (build is null)
            throw new RuleViolationException(BuildErrors.Unknown, $"There is no {command.BuildId.StreamKey}.");

        return build.IsSigned ? [] : [new BuildSigned(build.BuildId, command.SignTaskId)];
    }
}
