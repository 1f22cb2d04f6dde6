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

    /// <summary>The last release that wanted its packages; null without.</summary>
    public ReleaseId? ReleaseId { get; private init; }

    /// <summary>Whether that release has them out.</summary>
    public bool IsReleased { get; private init; }

    public Build Apply(BuildReleased e) => this with { ReleaseId = e.ReleaseId, IsReleased = true };

    public Build Apply(BuildReleaseFailed e) => this with { ReleaseId = e.ReleaseId, IsReleased = false };

    public Build Apply(BuildReleaseReverted _) => this with { ReleaseId = null, IsReleased = false };
}
