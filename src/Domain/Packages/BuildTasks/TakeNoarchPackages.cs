namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>The tasks of a package on a platform have all ended: what they built for every arch becomes one file (albs 9.5).</summary>
/// <param name="BuildTaskId">One that has completed.</param>
/// <param name="Group">All that have, this one too.</param>
public sealed record TakeNoarchPackages(BuildTaskId BuildTaskId, IReadOnlyList<BuildTaskId> Group);

/// <summary>What the tasks of the group have for every arch.</summary>
/// <param name="Packages">One a name, under an id that the task may take for it.</param>
public sealed record NoarchPackages(IReadOnlyList<BuildArtifact> Packages)
{
    /// <summary>One a name: the last delivered wins.</summary>
    /// <param name="delivered">Artifacts of the tasks in the order in which these ended.</param>
    public static IReadOnlyList<BuildArtifact> In(IEnumerable<IReadOnlyList<BuildArtifact>> delivered) =>
        [.. delivered.SelectMany(artifacts => artifacts).Where(a => a.IsNoarch).GroupBy(a => a.Name, StringComparer.Ordinal).Select(name => name.Last())];

    /// <summary>Whether nothing is left to take.</summary>
    /// <param name="delivered">As in <see cref="In"/>.</param>
    public static bool AreShared(IReadOnlyList<IReadOnlyList<BuildArtifact>> delivered) =>
        In(delivered).All(package => delivered.All(own => own.Any(mine => mine.Name == package.Name && !IsTaken(package, mine))));

    /// <summary>Whether one file is given away for the other. What was signed meanwhile is not, for something that was not.</summary>
    internal static bool IsTaken(BuildArtifact package, BuildArtifact mine) =>
        package.Href != mine.Href && (mine.SignKeyId is null || package.SignKeyId is not null);
}

public static class TakeNoarchPackagesHandler
{
    public static IReadOnlyList<IBuildTaskEvent> Handle(TakeNoarchPackages command, BuildTask? task, NoarchPackages known)
    {
        if (task is null)
            throw new RuleViolationException(BuildTaskErrors.Unknown, $"There is no {command.BuildTaskId.StreamKey}.");

        if (task.Status is not BuildTaskStatus.Completed)
            return [];

        var own = task.Artifacts.ToLookup(a => a.Name, StringComparer.Ordinal);
        var taken = known.Packages
            .SelectMany(p => own.Contains(p.Name) ? own[p.Name].Where(mine => NoarchPackages.IsTaken(p, mine)).Select(mine => p with { Id = mine.Id }) : [p]).ToList();
        return taken is [] ? [] : [new NoarchPackagesTaken(task.BuildTaskId, task.BuildId, taken)];
    }
}
