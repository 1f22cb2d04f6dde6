using System.Diagnostics;
using System.Runtime.CompilerServices;
using Npgsql;

namespace EventSourced.Bench.Daemon;

/// <summary>How fast 100,000 events become 10,000 documents again, swap included.</summary>
internal static class RebuildBench
{
    private const int Events = 100_000;
    private const int Documents = 10_000;

    /// <summary>A round takes a quarter of a second, in which a machine may do anything. The first ones still compile.</summary>
    private const int WarmUps = 3, Rounds = 15;

    private const string FillSql = """
        insert into mt_streams (id, type, version) select 'tally-' || s, 'tally_view', $1 / $2 from generate_series(0, $2 - 1) s;
        """;

    private const string EventsSql = """
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, headers, is_archived)
        select nextval('mt_events_sequence'), gen_random_uuid(), 'tally-' || n % $2, n / $2 + 1,
            jsonb_build_object('Amount', n % 100, 'Group', 'group-' || n::bigint * 7919 % $2), 'tally_raised', now(), '*DEFAULT*',
            'EventSourced.Bench.Daemon.TallyRaised, EventSourced.bench', '{"by": "store"}', false
        from generate_series(0, $1 - 1) n
        """;

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var store = await TallyStore.CreateAsync(await server.CreateDatabaseAsync(cancellation), cancellation);
        await ExecuteAsync(store.DataSource, FillSql, cancellation);
        await ExecuteAsync(store.DataSource, EventsSql, cancellation);
        await using (var mark = store.DataSource.CreateCommand($"vacuum analyze mt_events; insert into mt_event_progression (name, last_seq_id) values ('HighWaterMark', {Events})"))
            await mark.ExecuteNonQueryAsync(cancellation);

        await using var daemon = store.BuildProjectionDaemon();
        foreach (var (name, projection, isMulti) in new[] { ("rebuild-single", nameof(TallyView), false), ("rebuild-multi", nameof(GroupView), true) })
        {
            var (ours, thin) = (new List<double>(), new List<double>());
            for (var round = -WarmUps; round < Rounds; round++)
            {
                var rates = (
                    Thin: await RateAsync(() => ThinLimit.RunAsync(store.DataSource, isMulti, cancellation)),
                    Ours: await RateAsync(() => daemon.RebuildProjectionAsync(projection, cancellation)));
                if (round < 0)
                    continue;

                thin.Add(rates.Thin);
                ours.Add(rates.Ours);
            }

            yield return new Row(name, Median(ours), Median(thin), "events/s", $"one ordered read, fold in memory, COPY; median of {Rounds} each")
            {
                More = new() { ["most"] = Math.Round(ours.Max()), ["yardstickMost"] = Math.Round(thin.Max()) },
            };
        }
    }

    private static double Median(List<double> rates) => rates.Order().ElementAt(rates.Count / 2);

    private static async Task<double> RateAsync(Func<Task> run)
    {
        var begun = Stopwatch.GetTimestamp();
        await run();
        return Events / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 0;
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Events });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Documents });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
