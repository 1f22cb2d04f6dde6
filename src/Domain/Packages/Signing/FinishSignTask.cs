namespace EventSourced.Domain.Packages.Signing;

/// <summary>A node reports the end of a sign task it holds, or once held.</summary>
/// <param name="SignTaskId">The task.</param>
/// <param name="Node">Principal key of who reports.</param>
/// <param name="Attempt">The attempt it worked on; null from nodes that do not know, which are not fenced.</param>
/// <param name="Success">What the node says; it is verified before it counts.</param>
/// <param name="ErrorMessage">Why it failed.</param>
/// <param name="Packages">What it signed.</param>
/// <param name="LogHref">Its log.</param>
/// <param name="StartedAt">When it began, by its own clock.</param>
/// <param name="Stats">Its statistics, passed through.</param>
/// <param name="LogSha256">Digest of the log; null when it is not in a store of ours.</param>
public sealed record FinishSignTask(
    SignTaskId SignTaskId, string Node, int? Attempt, bool Success, string? ErrorMessage, IReadOnlyList<SignedPackage> Packages, string? LogHref,
    DateTimeOffset? StartedAt, FreeJson? Stats, string? LogSha256);

public static class FinishSignTaskHandler
{
    public static IReadOnlyList<ISignTaskEvent> Handle(FinishSignTask command, SignTask? task, SignTaskKey key)
    {
        if (task is null)
            throw new RuleViolationException(SignTaskErrors.Unknown, $"There is no {command.SignTaskId.StreamKey}.");

        // The first report has won; a sign node takes anything but success for an error, so nobody else is told (albs 12.4). That a task has ended is no secret.
        if (task.Status is SignTaskStatus.Completed or SignTaskStatus.Failed)
            return [];

        if (!task.Holders.Contains(command.Node))
            throw new RuleViolationException(SignTaskErrors.NeverHeld, $"{command.Node} never held {task.Id}.");

        if (task.Status is SignTaskStatus.Reported)
            return [];

        if (command.Attempt is { } attempt && attempt != task.Attempt)
            throw new RuleViolationException(SignTaskErrors.StaleAttempt, $"{task.Id} is at attempt {task.Attempt}, not {attempt}.");

        var report = new SignReport(command.Node, task.Attempt, command.Packages, command.LogHref, command.StartedAt, command.Stats, command.LogSha256);
        return WhyFailed(command, task, key) is { } reason
            ? [new SignTaskFailed(task.SignTaskId, task.BuildId, report, reason)]
            : [new SignTaskReported(task.SignTaskId, task.BuildId, report)];
    }

    private static string? WhyFailed(FinishSignTask command, SignTask task, SignTaskKey key)
    {
        if (!command.Success)
            return command.ErrorMessage is { Length: > 0 } message ? message : "The node failed and did not say why.";

        if (key.IsArchived)
            return SignTaskKey.Archived;

        foreach (var package in command.Packages)
        {
            if (!task.Packages.Any(p => p.Id == package.Id && p.Name == package.Name))
                return $"{package.Name} ({package.Id}) was not handed out.";

            if (package.Fingerprint is { Length: > 0 } fingerprint && !fingerprint.Equals(task.Fingerprint, StringComparison.OrdinalIgnoreCase))
                return $"{package.Name} is signed with {fingerprint}, not with {task.Fingerprint}.";

            if (package.Href is not { Length: > 0 })
                return $"{package.Name} has no href.";
        }

        return null;
    }
}
