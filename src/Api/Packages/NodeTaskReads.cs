using EventSourced.Api.Hosting;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Domain.Packages;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages;

/// <summary>Reads what nodes have to know about the tasks they got. Nodes that got theirs at the same time share a query: their tasks are mostly of one build.</summary>
public sealed class NodeTaskReads
{
    private const int Most = 64;

    private readonly GatheredReads<BuildTaskId, OwnedTask> reads;

    public NodeTaskReads(IDocumentStore store, UserDirectory users) => reads = new(tasks => ReadAsync(store, users, tasks), Most);

    /// <exception cref="InvalidOperationException">The task is unknown.</exception>
    public async Task<OwnedTask> ReadAsync(BuildTaskId task, CancellationToken ct) =>
        await reads.ReadAsync(task, ct) ?? throw new InvalidOperationException($"{task.StreamKey} was assigned without its rows.");

    // No caller's token: others wait for the same query.
    private static async Task<IReadOnlyDictionary<BuildTaskId, OwnedTask>> ReadAsync(IDocumentStore store, UserDirectory users, IReadOnlyCollection<BuildTaskId> tasks)
    {
        await using var session = store.QuerySession();
        var found = await session.NodeTasksAsync(tasks, CancellationToken.None);
        var owners = await users.FindAsync([.. found.Values.Select(t => t.Build.OwnerId).Distinct()], CancellationToken.None);
        return found.ToDictionary(t => t.Key, t => new OwnedTask(t.Value, owners.GetValueOrDefault(t.Value.Build.OwnerId)));
    }
}

/// <param name="Task">All that a node has to know.</param>
/// <param name="Owner">Whose build it is; null when the account is gone.</param>
public sealed record OwnedTask(NodeTask Task, KnownUser? Owner);
