using EventSourced.Domain.Accounts.ApiKeys;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Nodes;
using EventSourced.Projections;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Secrets;

namespace EventSourced.Api.Accounts;

/// <summary>What a node's credential is for.</summary>
public enum NodeKind
{
    Build,
    Sign,
}

/// <summary>A node of the packages area and its credential here: the one place where the two meet.</summary>
public sealed class NodeRegistration(IMessageBus bus, IQuerySession session, KeyDirectory keys, HostSecrets secrets)
{
    public KeyMaterial MaterialFor(MessageContext message) => KeyMaterial.For(message, secrets);

    public string KeyOf(int id) => new NodeId(id).StreamKey;

    public RetireNode Retirement(int id) => new(new NodeId(id));

    /// <summary>
    /// The node, then its key. The first command carries the request's <c>Idempotency-Key</c>, the second repeats itself by the key's id; so the whole can be
    /// repeated after a lost answer.
    /// </summary>
    public async Task<CreatedNodeResponse> RegisterAsync(
        string name, IReadOnlyList<string> arches, NodeKind kind, KeyMaterial material, DateTimeOffset? expires, CancellationToken ct)
    {
        var drawn = await session.NextIdAsync<NodeId>(ct);
        var result = await bus.InvokeAsync<CommandResult>(new RegisterNode(drawn, name, arches), ct);
        return await IssueAsync(result.Events.OfType<NodeRegistered>().Single().NodeId, name, kind, material, expires, ct);
    }

    /// <summary>As <see cref="RegisterAsync"/>, but a node of this name that has never had a key gets it: the same was cut off in between.</summary>
    public async Task<CreatedNodeResponse> ResumeAsync(string name, IReadOnlyList<string> arches, NodeKind kind, KeyMaterial material, CancellationToken ct)
    {
        foreach (var node in (await session.NodesAsync(ct)).Where(n => n.Name == name && n.RetiredAt is null))
        {
            if (await keys.ListAsync(node.Id, ct) is [])
                return await IssueAsync(new NodeId(node.Number), name, kind, material, expires: null, ct);
        }

        return await RegisterAsync(name, arches, kind, material, expires: null, ct);
    }

    public async Task<IReadOnlyList<NodeResponse>> ListAsync(CancellationToken ct) => await ToResponsesAsync(await session.NodesAsync(ct), ct);

    /// <summary>One node; null when unknown.</summary>
    public async Task<NodeResponse?> FindAsync(int id, CancellationToken ct) =>
        await session.LoadAsync<NodeDetails>(KeyOf(id), ct) is { } node ? (await ToResponsesAsync([node], ct))[0] : null;

    private async Task<CreatedNodeResponse> IssueAsync(NodeId id, string name, NodeKind kind, KeyMaterial material, DateTimeOffset? expires, CancellationToken ct)
    {
        await bus.InvokeAsync(new IssueApiKey(material.ApiKeyId, id.StreamKey, $"node {name}", material.Digest, [ScopeOf(kind)], expires), ct);
        return new CreatedNodeResponse(id.Value, id.StreamKey, name, material.Key, expires);
    }

    private static string ScopeOf(NodeKind kind) => kind is NodeKind.Sign ? Domain.Accounts.Scopes.Sign : Domain.Accounts.Scopes.Node;

    private async Task<IReadOnlyList<NodeResponse>> ToResponsesAsync(IReadOnlyList<NodeDetails> nodes, CancellationToken ct)
    {
        var heard = await session.NodesLastHeardOfAsync([.. nodes.Select(n => n.Id)], ct);
        return
        [
            .. nodes.Select(n => new NodeResponse(
                n.Number, n.Id, n.Name, n.Arches, n.RegisteredAt, n.RetiredAt, heard.TryGetValue(n.Id, out var seen) ? seen : null)),
        ];
    }
}
