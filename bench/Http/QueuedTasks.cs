using System.Collections.Concurrent;
using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Projections.Packages;
using Npgsql;

namespace EventSourced.Bench.Http;

/// <summary>Fills the queue with ready tasks, by the decision and the projections that a request would use.</summary>
internal static class QueuedTasks
{
    public const string Arch = "bench";

    private const int TasksOfABuild = 250;

    /// <summary>Builds of many tasks each.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="platform">Its number.</param>
    /// <param name="tasks">How many in all.</param>
    /// <param name="holder">Principal key of a node that has them all already; null leaves them ready.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>The tasks' numbers.</returns>
    public static async Task<IReadOnlyCollection<int>> FillAsync(string connectionString, int platform, int tasks, string? holder, CancellationToken cancellation)
    {
        await using var store = DocumentStore.For(options =>
        {
            options.ConnectionString = connectionString;
            options.AddPackages();
            options.Schema.Scripts(PackagesProjections.Scripts);
        });

        var all = new ConcurrentBag<int>();
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellation };
        await Parallel.ForEachAsync(Enumerable.Range(0, tasks / TasksOfABuild), atOnce, async (_, token) =>
        {
            foreach (var task in await SubmitAsync(store, platform, holder, token))
                all.Add(task.Value);
        });
        await VacuumAsync(connectionString, cancellation);
        return all;
    }

    private static async Task<IReadOnlyList<BuildTaskId>> SubmitAsync(DocumentStore store, int platform, string? holder, CancellationToken cancellation)
    {
        await using var session = store.LightweightSession();
        var wanted = new BuildPlatform(new PlatformId(platform), "bench", PlatformType.Deb, [Arch], [Arch], ParallelModeEnabled: false, IndependentTasks: true);
        var refs = Enumerable.Range(0, TasksOfABuild).Select(n => new BuildRef($"https://git.example.org/rpms/package-{n}.git", "main", BuildRefType.GitBranch, null, null)).ToList();
        var plan = BuildPlan.For(new BuildId(0), BuildForm.Documented, [wanted], refs.Count);
        var ids = await session.NextBuildIdsAsync(plan.Tasks.Count, plan.Repositories.Count, cancellation);
        var command = new RequestBuild(ids.Build, 1, BuildForm.Documented, [wanted], refs, ids.Tasks, ids.Repositories, [], null, [], IsSecureBoot: false, ProductId: null);
        foreach (var stream in RequestBuildHandler.Handle(command))
            session.Events.StartStream(stream.GetType().GetGenericArguments()[0], stream.Key, [.. stream.Events, .. Assigned(stream, holder)]);

        await session.SaveChangesAsync(cancellation);
        return ids.Tasks;
    }

    private static IEnumerable<object> Assigned(NewStream stream, string? holder) => holder is not null && stream.Events is [BuildTaskQueued queued]
        ? [new BuildTaskAssigned(queued.BuildTaskId, queued.BuildId, holder, Attempt: 1, DateTimeOffset.UtcNow.AddHours(1))]
        : [];

    private static async Task VacuumAsync(string connectionString, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        foreach (var sql in new[] { "vacuum analyze", "checkpoint" })
        {
            await using var command = source.CreateCommand(sql);
            command.CommandTimeout = 600;
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }
}
