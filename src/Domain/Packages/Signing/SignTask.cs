using System.Collections.Immutable;

namespace EventSourced.Domain.Packages.Signing;

public enum SignTaskStatus
{
    Idle,
    Started,

    /// <summary>Signed, says its node; not yet verified by us.</summary>
    Reported,

    Completed,
    Failed,
}

/// <summary>All packages of a build to be signed with one key.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="SignTaskId">Its id.</param>
/// <param name="BuildId">The build.</param>
/// <param name="SignKeyId">The key.</param>
/// <param name="Fingerprint">The key's, when the task was asked for.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Attempt">How often it was assigned.</param>
/// <param name="Holders">Everybody it was ever assigned to: a late report of any of them counts while the task has none.</param>
/// <param name="Packages">What was handed out last.</param>
public sealed record SignTask(
    string Id, SignTaskId SignTaskId, BuildId BuildId, SignKeyId SignKeyId, string Fingerprint, SignTaskStatus Status, int Attempt,
    ImmutableHashSet<string> Holders, IReadOnlyList<SignPackage> Packages)
{
    /// <summary>Who it was assigned to last.</summary>
    public string? Holder { get; private init; }

    /// <summary>The build tasks whose packages were handed out last.</summary>
    public IReadOnlyList<BuildTaskId> BuildTasks { get; private init; } = [];

    public static SignTask Create(SignTaskRequested e) =>
        new(e.SignTaskId.StreamKey, e.SignTaskId, e.BuildId, e.SignKeyId, e.Fingerprint, SignTaskStatus.Idle, 0, [], []);

    public SignTask Apply(SignTaskAssigned e) => this with
    {
        Status = SignTaskStatus.Started,
        Attempt = e.Attempt,
        Holder = e.Node,
        Holders = Holders.Add(e.Node),
        Packages = e.Packages,
        BuildTasks = e.BuildTasks ?? [.. e.Packages.SelectMany(p => p.BuildTasks).Distinct()],
    };

    public SignTask Apply(SignTaskRequeued _) => this with { Status = SignTaskStatus.Idle };

    public SignTask Apply(SignTaskReported _) => this with { Status = SignTaskStatus.Reported };

    public SignTask Apply(SignTaskCompleted _) => this with { Status = SignTaskStatus.Completed };

    public SignTask Apply(SignTaskFailed _) => this with { Status = SignTaskStatus.Failed };
}
