using System.Runtime.CompilerServices;
using EventSourced.EventStore;
using EventSourced.Projections.Packages;
using Npgsql;

namespace EventSourced.Bench.Http;

/// <summary>Pages of a list of 100,000 builds, plain and filtered.</summary>
internal static class BuildsListBench
{
    private const int Builds = 100_000, Clients = 4;

    // One real build is multiplied: its rows under other ids.
    private const string Multiply = """
        insert into mt_doc_builddetails (id, data, mt_version, mt_dotnet_type)
        select 'build-' || n, d.data || jsonb_build_object('Id', 'build-' || n, 'Number', n, 'Tasks', jsonb_build_array(n)), d.mt_version, d.mt_dotnet_type
        from mt_doc_builddetails d, generate_series(1001, 1000 + $1) n where d.id = $2;
        """;

    private const string MultiplyTasks = """
        insert into mt_doc_buildtaskdetails (id, data, mt_version, mt_dotnet_type, build_id)
        select 'build_task-' || n, d.data || jsonb_build_object('Id', 'build_task-' || n, 'Number', n, 'BuildId', n), d.mt_version, d.mt_dotnet_type, n
        from mt_doc_buildtaskdetails d, generate_series(1001, 1000 + $1) n where d.build_id = $2;
        """;

    private const string MultiplyRows = """
        insert into es.build_list (build_id, owner_id, created_at, finished_at, kind, urls, git_refs)
        select n, b.owner_id, b.created_at, case when n % 10 > 0 then now() end, b.kind, b.urls || n % 1000, b.git_refs
        from es.build_list b, generate_series(1001, 1000 + $1) n where b.build_id = $2;
        """;

    // As their events would have left them: a row for each request, and two for each end.
    private const string MultiplyCounts = """
        insert into es.build_counts (owner_id, kind, is_running, n)
        select b.owner_id, b.kind, c.is_running, c.n from es.build_list b, (values (true, 1, false), (true, -1, true), (false, 1, true)) c (is_running, n, ends)
        where b.build_id between 1001 and 1000 + $1 and b.build_id > $2 and (b.finished_at is not null or not c.ends);
        """;

    private const string MultiplySourceCounts = """
        insert into es.build_source_counts (owner_id, kind, is_running, n, urls, git_refs)
        select b.owner_id, b.kind, c.is_running, c.n, b.urls, b.git_refs
        from es.build_list b, (values (true, 1, false), (true, -1, true), (false, 1, true)) c (is_running, n, ends)
        where b.build_id between 1001 and 1000 + $1 and b.build_id > $2 and (b.finished_at is not null or not c.ends);
        """;

    private static readonly string[] Queries =
    [
        "?pageNumber=1", "?pageNumber={0}", "?pageNumber=1&is_running=true", "?pageNumber=1&created_by=1", "?pageNumber=1&platform_id=1&build_task_arch=bench",
        "?pageNumber=1&is_running=false", "?pageNumber=1&project=a.git{0}", "?pageNumber=1&project=a.git", "?pageNumber=1&ref=a.git", "?pageNumber=1&ref=main",
    ];

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var database = await server.CreateDatabaseAsync(cancellation);
        await using var api = await ApiProcess.StartAsync(database, cancellation);
        await api.CreatePlatformAsync("bench", QueuedTasks.Arch, cancellation);
        await FillAsync(api, database, cancellation);
        foreach (var query in Queries)
        {
            var result = await Load.RunAsync(Clients, async (_, _) => await api.Admin.GetByteArrayAsync(
                "/api/v1/builds/" + query.Replace("{0}", $"{Random.Shared.Next(1, 1000)}", StringComparison.Ordinal), cancellation));
            yield return new Row("builds-list", result.Percentile(0.99), null, "ms", null)
            {
                More = new() { ["query"] = query, ["p50Ms"] = Math.Round(result.Percentile(0.5), 2), ["p99Ms"] = Math.Round(result.Percentile(0.99), 2) },
            };
        }
    }

    private static async Task FillAsync(ApiProcess api, string database, CancellationToken cancellation)
    {
        var build = (await ApiProcess.PostAsync(
            api.Admin, "/api/v1/builds/",
            new { platforms = new[] { new { name = "bench", arch_list = new[] { QueuedTasks.Arch } } }, tasks = new[] { new { url = "https://git.example.org/a.git", git_ref = "main" } } },
            cancellation)).GetProperty("id").GetInt32();

        await using var source = NpgsqlDataSource.Create(database);
        foreach (var (sql, key) in new (string, object)[] { (Multiply, $"build-{build}"), (MultiplyTasks, build), (MultiplyRows, build), (MultiplyCounts, build), (MultiplySourceCounts, build) })
        {
            await using var command = source.CreateCommand(sql);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Builds });
            command.Parameters.Add(new NpgsqlParameter { Value = key });
            command.CommandTimeout = 600;
            await command.ExecuteNonQueryAsync(cancellation);
        }

        await AddUpAsync(database, cancellation);
        await using var vacuum = source.CreateCommand("vacuum analyze");
        vacuum.CommandTimeout = 600;
        await vacuum.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>What the workers do each minute.</summary>
    private static async Task AddUpAsync(string database, CancellationToken cancellation)
    {
        await using var store = DocumentStore.For(options =>
        {
            options.ConnectionString = database;
            options.AddPackages();
            options.Schema.Scripts(PackagesProjections.Scripts);
        });
        await using var session = store.LightweightSession();
        await session.AddUpBuildCountsAsync(cancellation);
    }
}
