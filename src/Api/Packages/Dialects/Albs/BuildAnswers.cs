using EventSourced.Api.Hosting.Authentication;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Full builds from the rows that were written with their events, in a fixed number of queries however many builds.</summary>
public sealed class BuildAnswers(IQuerySession session, UserDirectory users)
{
    /// <summary>The build that a command has just made.</summary>
    public async Task<BuildResponse> OfAsync(CommandResult result, CancellationToken ct)
    {
        var id = result.Events.OfType<BuildRequested>().Single().BuildId;
        var build = await session.LoadAsync<BuildDetails>(id.StreamKey, ct) ?? throw new InvalidOperationException($"{id.StreamKey} was recorded without its row.");
        return (await OfAsync([build], [.. result.Events.OfType<BuildTaskQueued>().Select(BuildTaskDetailsProjection.Create)], [], ct))[0];
    }

    /// <summary>In the order of the ids; unknown ones are left out.</summary>
    public async Task<IReadOnlyList<BuildResponse>> OfAsync(IReadOnlyList<int> ids, CancellationToken ct)
    {
        if (ids is [])
            return [];

        var builds = (await session.LoadManyAsync<BuildDetails>(ct, [.. ids.Select(id => new BuildId(id).StreamKey)])).ToDictionary(b => b.Number);
        var tasks = await session.TasksOfBuildsAsync(ids, ct);
        var signTasks = await session.SignTasksOfBuildsAsync(ids, ct);
        return await OfAsync([.. ids.Where(builds.ContainsKey).Select(id => builds[id])], tasks, signTasks, ct);
    }

    public async Task<IReadOnlyList<BuildResponse>> OfAsync(
        IReadOnlyList<BuildDetails> builds, IReadOnlyList<BuildTaskDetails> tasks, IReadOnlyList<SignTaskDetails> signTasks, CancellationToken ct)
    {
        var held = tasks.Where(t => t is { AssignedAt: not null, FinishedAt: null }).Select(t => t.Number).ToList();
        var heard = held is [] ? new Dictionary<int, DateTimeOffset>() : await session.TasksLastHeardOfAsync(held, ct);
        var owners = await users.FindAsync([.. builds.Select(b => b.OwnerId).Distinct()], ct);
        var (tasksOf, signTasksOf) = (tasks.ToLookup(t => t.BuildId), signTasks.ToLookup(t => t.BuildId));
        return
        [
            .. builds.Select(b => BuildMapping.ToResponse(
                b, [.. tasksOf[b.Number]], BuildMapping.ToUser(b.OwnerId, owners.GetValueOrDefault(b.OwnerId)), heard, signTasksOf[b.Number])),
        ];
    }
}
