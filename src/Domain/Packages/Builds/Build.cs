using System.Collections.Immutable;

namespace EventSourced.Domain.Packages.Builds;

/// <summary>Packages built together: which of its tasks still run.</summary>
public sealed record Build(
    string Id, BuildId BuildId, IReadOnlyList<BuildTaskEntry> Tasks, ImmutableHashSet<BuildTaskId> Running,
    ImmutableDictionary<BuildTaskId, BuildTaskOutcome> Outcomes)
{
    public static Build Create(BuildRequested e) => new(
        e.BuildId.StreamKey, e.BuildId, e.Tasks, [.. e.Tasks.Select(t => t.BuildTaskId)], ImmutableDictionary<BuildTaskId, BuildTaskOutcome>.Empty);

    public Build Apply(BuildTaskOutcomeRecorded e) => this with { Running = Running.Remove(e.BuildTaskId), Outcomes = Outcomes.SetItem(e.BuildTaskId, e.Outcome) };
}
