namespace EventSourced.Domain.Packages.Signing;

/// <summary>The signatures of a report have been verified.</summary>
/// <param name="SignTaskId">The task.</param>
/// <param name="Packages">What was reported, with digests and sizes.</param>
/// <param name="Error">Why the report cannot be believed; null when it can.</param>
public sealed record RecordSignatures(SignTaskId SignTaskId, IReadOnlyList<SignedPackage> Packages, string? Error);

public static class RecordSignaturesHandler
{
    public static IReadOnlyList<ISignTaskEvent> Handle(RecordSignatures command, SignTask? task)
    {
        if (task is null)
            throw new RuleViolationException(SignTaskErrors.Unknown, $"There is no {command.SignTaskId.StreamKey}.");

        // The effect runs at least once; only the first result counts.
        if (task.Status is not SignTaskStatus.Reported)
            return [];

        return command.Error is { } error
            ? [new SignTaskFailed(task.SignTaskId, task.BuildId, Report: null, error)]
            : [new SignTaskCompleted(task.SignTaskId, task.BuildId, command.Packages)];
    }
}
