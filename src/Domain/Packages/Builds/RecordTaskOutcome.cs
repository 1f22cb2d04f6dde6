using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Domain.Packages.Builds;

/// <summary>One task of the build has ended.</summary>
/// <param name="BuildId">The build.</param>
/// <param name="BuildTaskId">The task.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Source">What it was built from, where no other task of its package had told it that; else null.</param>
public sealed record RecordTaskOutcome(BuildId BuildId, BuildTaskId BuildTaskId, BuildTaskOutcome Outcome, TaskSource? Source = null);

public static class RecordTaskOutcomeHandler
{
    public static IReadOnlyList<IBuildEvent> Handle(RecordTaskOutcome command, Build? build)
    {
        if (build is null)
            throw new RuleViolationException(BuildErrors.Unknown, $"There is no {command.BuildId.StreamKey}.");

        if (build.Outcomes.ContainsKey(command.BuildTaskId))
            return [];

        if (!build.Running.Contains(command.BuildTaskId))
            throw new RuleViolationException(BuildErrors.TaskUnknown, $"{command.BuildTaskId.StreamKey} is no task of {build.Id}.");

        var recorded = new BuildTaskOutcomeRecorded(build.BuildId, command.BuildTaskId, command.Outcome, command.Source);
        var after = build.Apply(recorded);

        // What was signed is not all of the build any more.
        var isOutdated = build.IsSigned && command.Outcome is BuildTaskOutcome.Completed && !build.SignedTasks.Contains(command.BuildTaskId);
        IReadOnlyList<IBuildEvent> events = isOutdated ? [recorded, new BuildSignatureOutdated(build.BuildId)] : [recorded];
        if (!after.Running.IsEmpty)
            return events;

        int Count(BuildTaskOutcome outcome) => after.Outcomes.Values.Count(o => o == outcome);

        return
        [
            .. events,
            new BuildFinished(
                build.BuildId, Count(BuildTaskOutcome.Completed), Count(BuildTaskOutcome.Failed), Count(BuildTaskOutcome.Excluded), Count(BuildTaskOutcome.Cancelled)),
        ];
    }
}
