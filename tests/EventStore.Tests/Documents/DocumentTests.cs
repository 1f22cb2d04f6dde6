using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Tests.Documents;

public sealed class DocumentTests(BankDatabase database) : IClassFixture<BankDatabase>, IAsyncLifetime
{
    private readonly DocumentStore store = database.Store(o => o.Schema.For<Everything>()
        .Duplicate(e => e.Text).Duplicate(e => e.Flag).Duplicate(e => e.Number).Duplicate(e => e.Big).Duplicate(e => e.Money).Duplicate(e => e.Ratio)
        .Duplicate(e => e.Key).Duplicate(e => e.Time).Duplicate(e => e.Status).Duplicate(e => e.Maybe).Index(e => e.Other));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task A_stored_document_is_loaded_replaced_and_deleted()
    {
        await using var session = store.LightweightSession();
        session.Store(new Note("a", "one", 1), new Note("b", "two", 2));
        await session.SaveChangesAsync(Token);
        Assert.Equal(new Note("a", "one", 1), await session.LoadAsync<Note>("a", Token));
        Assert.Equal(["a", "b"], (await session.LoadManyAsync<Note>(Token, "a", "b", "missing")).Select(n => n.Id).Order());

        var before = await database.ScalarAsync<Guid>("select mt_version from mt_doc_note where id = 'a'");
        session.Store(new Note("a", "other", 5));
        session.Delete<Note>("b");
        session.Delete<Note>("missing");
        await session.SaveChangesAsync(Token);
        Assert.Equal("other", (await session.LoadAsync<Note>("a", Token))!.Text);
        Assert.Null(await session.LoadAsync<Note>("b", Token));
        Assert.NotEqual(before, await database.ScalarAsync<Guid>("select mt_version from mt_doc_note where id = 'a'"));
        Assert.Equal("EventSourced.EventStore.Tests.Note", await database.ScalarAsync<string>("select mt_dotnet_type from mt_doc_note where id = 'a'"));
    }

    [Fact]
    public async Task The_last_of_several_changes_of_a_document_counts()
    {
        await using var session = store.LightweightSession();
        session.Store(new Note("c", "one", 1), new Note("c", "two", 2));
        session.Delete<Note>("c");
        session.Store(new Note("c", "three", 3));
        session.Store(new Note("d", "one", 1));
        session.Delete<Note>("d");
        await session.SaveChangesAsync(Token);
        Assert.Equal("three", (await session.LoadAsync<Note>("c", Token))!.Text);
        Assert.Null(await session.LoadAsync<Note>("d", Token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Duplicated_members_have_the_documents_values(int count)
    {
        var time = new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.FromHours(2));
        var key = Guid.NewGuid();
        await using var session = store.LightweightSession();
        for (var n = 0; n < count; n++)
            session.Store(new Everything($"all-{count}-{n}", "text", true, 7, 1L << 40, 1.50m, 0.25, key, time, AccountStatus.Closed, n == 1 ? null : 3, 5));

        await session.SaveChangesAsync(Token);
        await using var command = store.DataSource.CreateCommand(
            "select text, flag, number, big, money, ratio, key, time, status, coalesce(maybe, -1) from mt_doc_documenttests_everything where id like $1 order by id");
        command.Parameters.AddWithValue($"all-{count}-%");
        await using var reader = await command.ExecuteReaderAsync(Token);
        for (var n = 0; n < count; n++)
        {
            Assert.True(await reader.ReadAsync(Token));
            var values = new object[10];
            reader.GetValues(values);
            Assert.Equal(["text", true, 7, 1L << 40, 1.50m, 0.25, key, time.UtcDateTime, "Closed", n == 1 ? -1 : 3], values);
        }
    }

    [Fact]
    public async Task Sql_reads_documents_and_scalars()
    {
        await using var session = store.LightweightSession();
        session.Store(new Note("q1", "why?", 1), new Note("q2", "how", 2));
        await session.SaveChangesAsync(Token);
        Assert.Equal("q1", Assert.Single(await session.QueryAsync<Note>("where data ->> 'Text' = ?", Token, "why?")).Id);
        Assert.Equal(2, (await session.QueryAsync<Note>("select data from mt_doc_note where id = any(?) and 'a?' <> 'b'", Token, new object[] { new[] { "q1", "q2" } })).Count);
        Assert.Equal(["q2"], await session.QueryAsync<string>("select id from mt_doc_note where (data ->> 'Stars')::int = ? and id like 'q%'", Token, 2));
        Assert.Equal([2L], await session.QueryAsync<long>("with n as (select 1 from mt_doc_note where id like 'q_') select count(*) from n", Token));
        Assert.Equal([null, 1], await session.QueryAsync<int?>("select n from (values (null::int), (1)) t(n) order by n nulls first", Token));
        await Assert.ThrowsAsync<ArgumentException>(() => session.QueryAsync<long>("select ? + ?", Token, 1));
    }

    [Fact]
    public async Task Any_value_can_be_a_parameter()
    {
        await using var session = store.LightweightSession();
        var time = new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.FromHours(2));
        Assert.Equal([true], await session.QueryAsync<bool>(
            """
            select ? = '\x0102'::bytea and ? = array['a', 'b'] and ? = array[1, 2] and ? = '2026-05-04 01:02:01+00'::timestamptz and ? = '00000000-0000-0000-0000-000000000000'::uuid
                and ?::jsonb = '{"a": 1}' and ? = 'Closed' and ?::text is null and ? = array[3::bigint] and ? = true and ? = 1.5 and ? = '{"b": 2}'::jsonb
            """, Token, new byte[] { 1, 2 }, new[] { "a", "b" }, new[] { 1, 2 }, time, Guid.Empty, """{"a":1}""", AccountStatus.Closed, null!, new[] { 3L }, true, 1.5m,
            new NpgsqlParameter { Value = """{"b":2}""", NpgsqlDbType = NpgsqlDbType.Jsonb }));
    }

    [Fact]
    public async Task A_type_nobody_declared_is_refused_by_name()
    {
        await using var session = store.LightweightSession();
        Assert.Contains(nameof(Undeclared), Assert.Throws<InvalidOperationException>(() => session.Store(new Undeclared("x"))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.LoadAsync<Undeclared>("x", Token));
        Assert.Throws<InvalidOperationException>(() => session.Store(new Note("", "no id", 1)));
        Assert.Throws<ArgumentException>(() => new StoreOptions().Schema.For<Note>().Index(n => n.Text.Length));
    }

    [Fact]
    public async Task Indexes_of_numbers_in_json_are_by_number() => Assert.EndsWith("btree ((((data ->> 'Other'::text))::integer))", await database.ScalarAsync<string>(
        "select indexdef from pg_indexes where indexname = 'mt_doc_documenttests_everything_idx_other'"), StringComparison.Ordinal);

    public sealed record Everything(
        string Id, string Text, bool Flag, int Number, long Big, decimal Money, double Ratio, Guid Key, DateTimeOffset Time, AccountStatus Status, int? Maybe,
        int Other);

    public sealed record Undeclared(string Id);
}
