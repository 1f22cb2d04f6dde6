using EventSourced.Domain.Packages.Nodes;

namespace EventSourced.Projections.Packages;

/// <summary>A registered node. When it was last heard of says <see cref="BuildTaskLeases.NodesLastHeardOfAsync"/>.</summary>
public sealed record NodeDetails(
    string Id, int Number, string Name, IReadOnlyList<string> Arches, DateTimeOffset RegisteredAt, DateTimeOffset? RetiredAt);

public sealed partial class NodeDetailsProjection : SingleStreamProjection<NodeDetails, string>
{
    public static NodeDetails Create(IEvent<NodeRegistered> e) => new(
        e.Data.NodeId.StreamKey, e.Data.NodeId.Value, e.Data.Name, e.Data.Arches, e.Timestamp, RetiredAt: null);

    public static NodeDetails Apply(IEvent<NodeRetired> e, NodeDetails view) => view with { RetiredAt = e.Timestamp };
}

public static class NodeQueries
{
    /// <summary>All nodes, by id.</summary>
    public static Task<IReadOnlyList<NodeDetails>> NodesAsync(this IQuerySession session, CancellationToken token) =>
        session.QueryAsync<NodeDetails>("order by (data ->> 'Number')::int", token);
}
