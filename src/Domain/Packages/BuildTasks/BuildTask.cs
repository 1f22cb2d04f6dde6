using System.Collections.Immutable;

namespace EventSourced.Domain.Packages.BuildTasks;

public enum BuildTaskStatus
{
    Idle,
    Started,

    /// <summary>Done by its node, not yet looked at by us.</summary>
    Reported,

    Completed,
    Failed,
    Excluded,
}

/// <summary>One package on one platform and arch.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="BuildTaskId">Its id.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Repositories">Where its packages go.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Attempt">How often it was assigned.</param>
/// <param name="Holder">Who has it, or had it last before it ended; null while nobody does.</param>
/// <param name="Holders">Everybody it was ever assigned to: a late report of any of them counts while the task has none.</param>
public sealed record BuildTask(
    string Id, BuildTaskId BuildTaskId, BuildId BuildId, TaskRepositories Repositories, BuildTaskStatus Status, int Attempt, string? Holder,
    ImmutableHashSet<string> Holders)
{
    /// <summary>What it delivered; nothing until it succeeded.</summary>
    public IReadOnlyList<BuildArtifact> Artifacts { get; init; } = [];

    public static BuildTask Create(BuildTaskQueued e) =>
        new(e.BuildTaskId.StreamKey, e.BuildTaskId, e.BuildId, e.Repositories, BuildTaskStatus.Idle, 0, Holder: null, []);

    public BuildTask Apply(BuildTaskAssigned e) =>
        this with { Status = BuildTaskStatus.Started, Attempt = e.Attempt, Holder = e.Node, Holders = Holders.Add(e.Node) };

    public BuildTask Apply(BuildTaskRequeued _) => this with { Status = BuildTaskStatus.Idle, Holder = null };

    public BuildTask Apply(BuildTaskReported _) => this with { Status = BuildTaskStatus.Reported };

    public BuildTask Apply(BuildTaskSucceeded e) => this with { Status = BuildTaskStatus.Completed, Artifacts = e.Artifacts };

    public BuildTask Apply(BuildArtifactsSigned e) => this with { Artifacts = BuildArtifact.Replace(Artifacts, e.Artifacts) };

    public BuildTask Apply(BuildTaskFailed _) => this with { Status = BuildTaskStatus.Failed };

    public BuildTask Apply(BuildTaskExcluded _) => this with { Status = BuildTaskStatus.Excluded };
}
