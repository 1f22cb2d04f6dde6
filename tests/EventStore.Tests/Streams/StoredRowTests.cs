using Npgsql;

namespace EventSourced.EventStore.Tests.Streams;

/// <summary>Every column of the rows an append leaves, whichever statement wrote them (marten-schema 2, 3, 7 and 9).</summary>
public sealed class StoredRowTests(BankDatabase database) : IClassFixture<BankDatabase>, IAsyncDisposable
{
    private const string Assembly = "EventSourced.EventStore.Tests";

    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly DocumentStore store = database.Store(options => options.TimeProvider = new ManualClock(Noon));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(1, 3, false)]
    [InlineData(1, 1, true)]
    [InlineData(1, 3, true)]
    [InlineData(3, 1, false)]
    [InlineData(3, 2, true)]
    public async Task An_append_leaves_the_rows_Marten_would(int streams, int events, bool withMore)
    {
        var prefix = $"row-{streams}-{events}-{withMore}";
        var ids = new List<Guid>();
        for (var round = 0; round < 2; round++)
        {
            await using var session = store.LightweightSession();
            (session.CorrelationId, session.CausationId, session.LastModifiedBy) = ("corr", "cause", "user-7");
            session.SetHeader("by", "api");
            for (var n = 0; n < streams; n++)
            {
                var bodies = Enumerable.Range(0, events).Select(_ => Event.For(new Plain(7, null))).ToArray();
                ids.AddRange(bodies.Select(b => b.Id));
                if (round == 0)
                    session.Events.StartStream<Account>($"{prefix}-{n}", [.. bodies]);
                else
                    session.Events.Append($"{prefix}-{n}", 2 * events, [.. bodies]);
            }

            if (withMore)
                session.QueueSqlCommand("select 1");

            await session.SaveChangesAsync(Token);
        }

        var rows = await RowsAsync($"""
            select e.stream_id, e.version, e.id, e.data::text, e.bdata is null, e.type, e.timestamp, e.tenant_id, e.mt_dotnet_type, e.correlation_id, e.causation_id,
                e.headers::text, e.user_name, e.is_archived, e.seq_id > lag(e.seq_id, 1, 0::bigint) over (partition by stream_id order by version)
            from mt_events e where e.stream_id like '{prefix}-%' order by 1, 2
            """);
        var expected =
            from n in Enumerable.Range(0, streams)
            from version in Enumerable.Range(1, 2 * events)
            let id = ids[((version - 1) / events * streams + n) * events + (version - 1) % events]
            select new object[]
            {
                $"{prefix}-{n}", (long)version, id, """{"Note": null, "Amount": 7}""", true, "plain", Noon.UtcDateTime, "*DEFAULT*",
                $"{Assembly}.Streams.StoredRowTests+Plain, {Assembly}", "corr", "cause", """{"by": "api"}""", "user-7", false, true,
            };
        Assert.Equal(expected, rows);
        Assert.Equal(
            Enumerable.Range(0, streams).Select(n => new object[] { $"{prefix}-{n}", "account", 2L * events, Noon.UtcDateTime, Noon.UtcDateTime, "*DEFAULT*", false }),
            await RowsAsync($"select id, type, version, timestamp, created, tenant_id, is_archived from mt_streams where id like '{prefix}-%' order by 1"));
    }

    [Fact]
    public async Task A_stream_started_without_an_aggregate_has_no_type_and_metadata_nobody_gave_is_null()
    {
        await using var session = store.LightweightSession();
        session.Events.StartStream("row-plain", new Plain(1, "x"));
        session.Events.Append("row-appended", new Plain(1, "x"));
        await session.SaveChangesAsync(Token);

        Assert.Equal(2L, await database.ScalarAsync<long>("select count(*) from mt_streams where id in ('row-plain', 'row-appended') and type is null and version = 1"));
        Assert.Equal(2L, await database.ScalarAsync<long>("""
            select count(*) from mt_events where stream_id in ('row-plain', 'row-appended')
              and correlation_id is null and causation_id is null and user_name is null and headers = '{"by": "store"}'::jsonb
            """));
    }

    private async Task<List<object[]>> RowsAsync(string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<object[]>();
        while (await reader.ReadAsync(Token))
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>No projection takes it, so its append carries nothing else.</summary>
    public sealed record Plain(int Amount, string? Note);
}
