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
    Cancelled,
}

/// <summary>One package on one platform and arch.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="BuildTaskId">Its id.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Arch">An arch, or <c>src</c>.</param>
/// <param name="Repositories">Where its packages go.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Attempt">How often it was assigned.</param>
/// <param name="Holder">Who has it, or had it last before it ended; null while nobody does.</param>
/// <param name="Holders">Everybody it was ever assigned to: a late report of any of them counts while the task has none.</param>
/// <param name="SourceFrom">The task that builds its source package, or is to; null when it does so itself.</param>
/// <param name="WasHandedSource">Whether that one has ended and said what to build from.</param>
/// <param name="Source">What it is built from, as far as that is known.</param>
public sealed record BuildTask(
    string Id, BuildTaskId BuildTaskId, BuildId BuildId, string Arch, TaskRepositories Repositories, BuildTaskStatus Status, int Attempt, string? Holder,
    ImmutableHashSet<string> Holders, BuildTaskId? SourceFrom, bool WasHandedSource, TaskSource Source)
{
    /// <summary>What it delivered; nothing until it succeeded.</summary>
    public IReadOnlyList<BuildArtifact> Artifacts { get; init; } = [];

    /// <summary>Whether others build from its source package; null where nobody said.</summary>
    public bool? IsFollowed { get; init; }

    /// <summary>Whether its end was asked for while a node worked on it.</summary>
    public bool IsUnwanted { get; private init; }

    /// <summary>What its node reported last; null before.</summary>
    public BuildTaskReported? Report { get; private init; }

    /// <summary>The source package that another task of the package delivered; null while none did, and it builds its own.</summary>
    public BuildArtifact? HandedPackage { get; private init; }

    public static BuildTask Create(BuildTaskQueued e) => new(
        e.BuildTaskId.StreamKey, e.BuildTaskId, e.BuildId, e.Arch, e.Repositories, BuildTaskStatus.Idle, 0, Holder: null, [], e.SourceFrom,
        WasHandedSource: false, new TaskSource(Package: null, e.Ref.GitCommitHash)) { IsFollowed = e.IsFollowed };

    public BuildTask Apply(BuildTaskSourceHandedOver e) => this with
    {
        WasHandedSource = WasHandedSource || e.From == SourceFrom,
        HandedPackage = e.Source.Package ?? HandedPackage,
        Source = e.Source with { GitCommitHash = e.Source.GitCommitHash ?? Source.GitCommitHash },
    };

    public BuildTask Apply(BuildTaskAssigned e) =>
        this with { Status = BuildTaskStatus.Started, Attempt = e.Attempt, Holder = e.Node, Holders = Holders.Add(e.Node) };

    public BuildTask Apply(BuildTaskRequeued _) => this with { Status = BuildTaskStatus.Idle, Holder = null };

    public BuildTask Apply(BuildTaskReported e) => BuiltFrom(e.Report) with { Status = BuildTaskStatus.Reported, Report = e };

    public BuildTask Apply(BuildTaskSucceeded e) => Delivered(e.Artifacts) with { Status = BuildTaskStatus.Completed, Artifacts = e.Artifacts };

    public BuildTask Apply(BuildArtifactsSigned e) => this with { Artifacts = BuildArtifact.Replace(Artifacts, e.Artifacts) };

    public BuildTask Apply(NoarchPackagesTaken e) => this with { Artifacts = BuildArtifact.ReplaceOrAdd(Artifacts, e.Artifacts) };

    public BuildTask Apply(BuildTaskFailed e) => (e.Report is { } report ? BuiltFrom(report).Delivered(report.Artifacts) : this) with { Status = BuildTaskStatus.Failed };

    public BuildTask Apply(BuildTaskExcluded e) => BuiltFrom(e.Report).Delivered(e.Report.Artifacts) with { Status = BuildTaskStatus.Excluded };

    public BuildTask Apply(BuildTaskCancelRequested _) => this with { IsUnwanted = true };

    public BuildTask Apply(BuildTaskCancelled _) => this with { Status = BuildTaskStatus.Cancelled, Holder = null };

    private BuildTask BuiltFrom(TaskReport report) => this with
    {
        Source = new(Source.Package, report.GitCommitHash ?? Source.GitCommitHash, report.AlmaCommitCasHash, report.IsCasAuthenticated),
    };

    private BuildTask Delivered(IReadOnlyList<BuildArtifact> artifacts) =>
        this with { Source = Source with { Package = Source.Package ?? artifacts.FirstOrDefault(a => a.IsSourcePackage) } };
}
