using System.Collections.Immutable;

namespace EventSourced.Domain.Packages.Builds;

/// <summary>Packages built together: which of its tasks still run.</summary>
public sealed record Build(
    string Id, BuildId BuildId, IReadOnlyList<BuildTaskEntry> Tasks, ImmutableHashSet<BuildTaskId> Running,
    ImmutableDictionary<BuildTaskId, BuildTaskOutcome> Outcomes)
{
    public bool IsOfBuiltInProduct { get; init; }

    public bool IsSigned { get; init; }

    /// <summary>The last sign task that ended well; null without.</summary>
    public SignTaskId? LastSignTask { get; private init; }

    /// <summary>Whose packages the sign task that signed all of them signed.</summary>
    public IReadOnlyList<BuildTaskId> SignedTasks { get; private init; } = [];

    internal IEnumerable<BuildTaskId> Completed => Outcomes.Where(o => o.Value is BuildTaskOutcome.Completed).Select(o => o.Key);

    public static Build Create(BuildRequested e) => new(
        e.BuildId.StreamKey, e.BuildId, e.Tasks, [.. e.Tasks.Select(t => t.BuildTaskId)], ImmutableDictionary<BuildTaskId, BuildTaskOutcome>.Empty)
    {
        IsOfBuiltInProduct = e.ProductId is null or 1, // command line tools name it by its number
    };

    public Build Apply(BuildSigned e) => this with { IsSigned = true, LastSignTask = e.SignTaskId, SignedTasks = e.BuildTasks ?? [] };

    public Build Apply(BuildPartlySigned e) => this with { LastSignTask = e.SignTaskId };

    public Build Apply(BuildSignatureOutdated _) => this with { IsSigned = false };

    public Build Apply(BuildTaskOutcomeRecorded e) => this with { Running = Running.Remove(e.BuildTaskId), Outcomes = Outcomes.SetItem(e.BuildTaskId, e.Outcome) };

    /// <summary>The releases that have its packages out, the last one last.</summary>
    public ImmutableList<ReleaseId> Releases { get; private init; } = [];

    /// <summary>The last of them; without, the last one that came to nothing. Null when there was none.</summary>
    public ReleaseId? ReleaseId { get; private init; }

    public bool IsReleased => Releases is not [];

    public Build Apply(BuildReleased e) => this with { ReleaseId = e.ReleaseId, Releases = Releases.Remove(e.ReleaseId).Add(e.ReleaseId) };

    public Build Apply(BuildReleaseFailed e) => this with { ReleaseId = e.ReleaseId };

    public Build Apply(BuildReleaseReverted e) => this with { ReleaseId = e.StillOut, Releases = e.StillOut is null ? [] : Releases.Remove(e.ReleaseId) };
}
