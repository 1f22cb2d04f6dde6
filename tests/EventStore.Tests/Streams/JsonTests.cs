namespace EventSourced.EventStore.Tests.Streams;

/// <summary>How bodies look in the database (marten-schema 8).</summary>
public sealed class JsonTests(BankDatabase database) : IClassFixture<BankDatabase>, IAsyncDisposable
{
    private readonly DocumentStore store = database.Store(options => options.Schema.For<Formats>());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task Every_kind_of_value_is_written_as_Marten_writes_it_and_read_back()
    {
        await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        var all = new Formats(
            "formats", null, AccountStatus.Closed, new DateTime(2025, 1, 2, 3, 4, 5, DateTimeKind.Utc), new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)),
            new DateOnly(2025, 1, 2), new TimeOnly(3, 4, 5), TimeSpan.FromMinutes(90), Guid.Empty, 1.50m, new Wrapped(7));
        await using var session = store.LightweightSession();
        session.Events.StartStream("formats", all);
        session.Store(all);
        await session.SaveChangesAsync(Token);

        foreach (var table in new[] { "mt_events where stream_id", "mt_doc_jsontests_formats where id" })
        {
            Assert.Equal(
                """
                Amount=1.50 At="2025-01-02T03:04:05+02:00" Id="formats" Key="00000000-0000-0000-0000-000000000000" Missing=null Number={"Value": 7} On="2025-01-02" Span="01:30:00" Status="Closed" Time="03:04:05" Utc="2025-01-02T03:04:05Z"
                """,
                await database.ScalarAsync<string>($"select string_agg(key || '=' || value::text, ' ' order by key collate \"C\") from (select data from {table} = 'formats') d, jsonb_each(d.data)"));
        }

        Assert.Equal(all, Assert.Single(await session.Events.FetchStreamAsync("formats", token: Token)).Data);
        Assert.Equal(all, await session.LoadAsync<Formats>("formats", Token));
    }

    [Fact]
    public async Task Member_names_are_read_as_they_are_written()
    {
        await database.ExecuteAsync("""
            insert into mt_streams (id, version) values ('case', 1);
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            values (nextval('mt_events_sequence'), gen_random_uuid(), 'case', 1, '{"owner": "small", "Balance": 3}', 'account_opened', now())
            """);
        await using var session = store.QuerySession();
        Assert.Equal(new AccountOpened(null!, 3), Assert.Single(await session.Events.FetchStreamAsync("case", token: Token)).Data);
    }

    public readonly record struct Wrapped(int Value);

    public sealed record Formats(
        string Id, string? Missing, AccountStatus Status, DateTime Utc, DateTimeOffset At, DateOnly On, TimeOnly Time, TimeSpan Span, Guid Key, decimal Amount,
        Wrapped Number);
}
