using System.Collections.Immutable;

namespace EventSourced.Domain.Packages.Builds;

/// <summary>Packages built together: which of its tasks still run.</summary>
public sealed record Build(
    string Id, BuildId BuildId, ImmutableHashSet<BuildTaskId> Running, ImmutableDictionary<BuildTaskId, BuildTaskOutcome> Outcomes)
{
    public bool IsOfBuiltInProduct { get; init; }

    public bool IsSigned { get; init; }

    public static Build Create(BuildRequested e) => new(
        e.BuildId.StreamKey, e.BuildId, [.. e.Tasks.Select(t => t.BuildTaskId)], ImmutableDictionary<BuildTaskId, BuildTaskOutcome>.Empty)
    {
        IsOfBuiltInProduct = e.ProductId is null or 1, // command line tools name it by its number
    };

    public Build Apply(BuildSigned _) => this with { IsSigned = true };

    public Build Apply(BuildSignatureOutdated _) => this with { IsSigned = false };

    public Build Apply(BuildTaskOutcomeRecorded e) => this with { Running = Running.Remove(e.BuildTaskId), Outcomes = Outcomes.SetItem(e.BuildTaskId, e.Outcome) };
}
