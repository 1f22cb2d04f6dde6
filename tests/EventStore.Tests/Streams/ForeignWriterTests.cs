namespace EventSourced.EventStore.Tests.Streams;

/// <summary>Looks at metadata, read live.</summary>
public sealed record Opening(string Id, DateTimeOffset At)
{
    public static Opening Create(IEvent<AccountOpened> e) => new("", e.Timestamp);
}

/// <summary>What Marten or another client of its tables wrote is read, folded and projected.</summary>
public sealed class ForeignWriterTests(BankDatabase database) : IClassFixture<BankDatabase>, IAsyncLifetime
{
    private readonly DocumentStore store = database.Store(o => o.Projections.Snapshot<Savings>(SnapshotLifecycle.Inline));

    public async ValueTask InitializeAsync() => await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task Rows_of_mt_quick_append_events_are_read_and_extended()
    {
        var result = await QuickAsync("foreign-1", "account", """{"Owner":"Zoe","Balance":7}""", "account_opened", null);
        Assert.Equal(1L, result[0]);
        await using var session = store.LightweightSession();
        var first = Assert.Single(await session.Events.FetchStreamAsync("foreign-1", token: Token));
        Assert.Equal(new AccountOpened("Zoe", 7), first.Data);
        Assert.Equal(("corr", "cause", "user-1"), (first.CorrelationId, first.CausationId, first.UserName));
        Assert.Equal(3L, first.GetHeader("attempt"));

        var stream = await session.Events.FetchForWriting<Account>("foreign-1", Token);
        Assert.Equal(7, stream.Aggregate!.Balance);
        stream.AppendOne(new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);
        await QuickAsync("foreign-1", null, """{"Amount":2,"Note":null}""", "money_deposited", 2);
        Assert.Equal(10, (await session.Events.AggregateStreamAsync<Account>("foreign-1", token: Token))!.Balance);
    }

    [Fact]
    public async Task An_inline_document_catches_up_with_foreign_events_at_the_next_append()
    {
        await QuickAsync("foreign-2", "account", """{"Owner":"Yan","Balance":7}""", "account_opened", null);
        await using var session = store.LightweightSession();
        Assert.Null(await session.LoadAsync<AccountView>("foreign-2", Token));

        session.Events.Append("foreign-2", new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);
        await QuickAsync("foreign-2", null, """{"Amount":2}""", "money_deposited", 2);
        session.Events.Append("foreign-2", 4, new MoneyWithdrawn(3));
        await session.SaveChangesAsync(Token);

        var view = await session.LoadAsync<AccountView>("foreign-2", Token);
        Assert.Equal(("Yan", 7m, 4L), (view!.Owner, view.Balance, view.Version));
        var fetched = await session.Events.FetchForWriting<Savings>("foreign-2", Token);
        Assert.Equal(("foreign-2", 7m, 4L), (fetched.Aggregate!.Id, fetched.Aggregate.Balance, fetched.StartingVersion));
    }

    [Fact]
    public async Task A_document_of_another_aggregate_is_folded_from_what_was_missed_when_fetched()
    {
        await QuickAsync("foreign-3", "savings", """{"Owner":"Yan","Balance":7}""", "account_opened", null);
        await using var session = store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Savings>("foreign-3", Token);
        Assert.Equal(7, stream.Aggregate!.Balance);
        stream.AppendOne(new MoneyDeposited(3));
        await session.SaveChangesAsync(Token);
        Assert.Equal(10, (await session.LoadAsync<Savings>("foreign-3", Token))!.Balance);
        Assert.Equal(2L, await database.ScalarAsync<long>("select mt_version from mt_doc_savings where id = 'foreign-3'"));
    }

    [Fact]
    public async Task Metadata_of_what_was_missed_is_read_for_those_who_look_at_it()
    {
        await QuickAsync("foreign-4", "account", """{"Owner":"Yan","Balance":7}""", "account_opened", null);
        await using var session = store.LightweightSession();
        var at = Assert.Single(await session.Events.FetchStreamAsync("foreign-4", token: Token)).Timestamp;

        Assert.Equal(at, (await FetchedAsync<AccountView>())?.LastChange);
        Assert.Equal(at, (await FetchedAsync<Opening>())?.At);
        Assert.Equal(7, (await FetchedAsync<Account>())?.Balance);

        async Task<T?> FetchedAsync<T>() where T : class
        {
            await using var own = store.LightweightSession();
            return (await own.Events.FetchForWriting<T>("foreign-4", Token)).Aggregate;
        }
    }

    [Fact]
    public async Task A_stream_that_a_session_fetches_again_is_folded_from_what_it_is_then()
    {
        await using var session = store.LightweightSession();
        session.Events.StartStream<Account>("foreign-5", new AccountOpened("Yan", 1));
        await session.SaveChangesAsync(Token);
        await session.Events.FetchForWriting<Account>("foreign-5", Token);
        await QuickAsync("foreign-5", null, """{"Amount":2}""", "money_deposited", 1);
        await session.Events.FetchForWriting<Account>("foreign-5", Token);
        (await session.Events.FetchForWriting<Account>("foreign-5", Token)).AppendOne(new MoneyDeposited(4));
        await session.SaveChangesAsync(Token);

        Assert.Equal(7, (await session.LoadAsync<AccountView>("foreign-5", Token))!.Balance);
    }

    [Fact]
    public async Task An_event_that_a_view_does_not_take_is_no_obstacle_to_fetching_it()
    {
        await InsertAsync("foreign-6", 1, "account_opened", """{"Owner":"Al","Balance":1}""", "null");
        await QuickAsync("foreign-6", null, "{}", "nobody_knows_this", 1);
        await using var session = store.LightweightSession();
        var stream = await session.Events.FetchForWriting<AccountView>("foreign-6", Token);

        Assert.Equal((1m, 2L), (stream.Aggregate!.Balance, stream.StartingVersion));
        await Assert.ThrowsAsync<UnknownEventTypeException>(() => session.Events.FetchForWriting<Account>("foreign-6", Token));
    }

    [Fact]
    public async Task A_type_that_only_its_dotnet_name_says_is_found_when_fetched_for_writing_too()
    {
        for (var n = 0; n < 2; n++)
        {
            await InsertAsync($"foreign-7-{n}", 1, $"opened_elsewhere_{n}", """{"Owner":"Al","Balance":1}""", "null");
            await database.ExecuteAsync($"update mt_events set mt_dotnet_type = '{MartenNames.DotNetName(typeof(AccountOpened))}' where stream_id = 'foreign-7-{n}'");
        }

        await using var session = store.LightweightSession();
        Assert.Equal(1, (await session.Events.FetchForWriting<Account>("foreign-7-0", Token)).Aggregate?.Balance);
        var batch = session.CreateBatchQuery();
        var (known, unknown) = (batch.Events.FetchForWriting<Account>("foreign-7-0"), batch.Events.FetchForWriting<Account>("foreign-7-1"));
        await batch.Execute(Token);
        Assert.Equal((1, 1), ((await known).Aggregate?.Balance, (await unknown).Aggregate?.Balance));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("'null'::jsonb")]
    [InlineData("'{}'::jsonb")]
    public async Task Headers_may_be_missing_in_every_way(string headers)
    {
        var key = $"headers-{headers.Length}";
        await InsertAsync(key, 1, "account_opened", """{"Owner":"Al","Balance":1}""", headers);
        await using var session = store.QuerySession();
        Assert.Null(Assert.Single(await session.Events.FetchStreamAsync(key, token: Token)).Headers);
    }

    [Fact]
    public async Task Tombstones_are_ignored_and_endless_timestamps_read()
    {
        await InsertAsync("mt_tombstone", 12, "tombstone", "{}", "null", "'-infinity'");
        await InsertAsync("ancient", 1, "account_opened", """{"Owner":"Al","Balance":1}""", "null", "'-infinity'");
        await using var session = store.QuerySession();
        Assert.Empty(await session.Events.FetchStreamAsync("mt_tombstone", token: Token));
        Assert.Equal(DateTimeOffset.MinValue, Assert.Single(await session.Events.FetchStreamAsync("ancient", token: Token)).Timestamp);
        Assert.Equal(1, (await session.Events.AggregateStreamAsync<Account>("ancient", token: Token))!.Balance);
    }

    [Fact]
    public async Task A_compacted_stream_goes_on_from_its_snapshot()
    {
        const string Body = """{"Snapshot":{"Id":"compact","Owner":"Cy","Balance":50,"Status":"Open"},"PreviousStreamId":"00000000-0000-0000-0000-000000000000","PreviousStreamKey":"compact"}""";
        await InsertAsync("compact", 7, "Compacted<Account>", Body, "null");
        await database.ExecuteAsync("update mt_streams set version = 7 where id = 'compact'");
        await using var session = store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Account>("compact", Token);
        Assert.Equal((50m, 7L), (stream.Aggregate!.Balance, stream.StartingVersion));
        stream.AppendOne(new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);
        Assert.Equal(51, (await session.Events.AggregateStreamAsync<Account>("compact", token: Token))!.Balance);
        Assert.Equal(8L, await database.ScalarAsync<long>("select max(version) from mt_events where stream_id = 'compact'"));
    }

    [Fact]
    public async Task A_binary_body_is_refused_and_not_read_as_an_empty_event()
    {
        await InsertAsync("binary", 1, "account_opened", "{}", "null");
        await database.ExecuteAsync("update mt_events set bdata = '\\x01' where stream_id = 'binary'");
        await using var session = store.QuerySession();
        await Assert.ThrowsAsync<NotSupportedException>(() => session.Events.FetchStreamAsync("binary", token: Token));
    }

    [Fact]
    public async Task A_stream_row_without_events_can_be_extended_but_not_started()
    {
        await database.ExecuteAsync("insert into mt_streams (id, version) values ('empty', 0), ('empty-2', 0)");
        await using var session = store.LightweightSession();
        session.Events.StartStream<Account>("empty", new AccountOpened("Al", 1));
        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => session.SaveChangesAsync(Token));

        await using var next = store.LightweightSession();
        var stream = await next.Events.FetchForWriting<Account>("empty", Token);
        Assert.Equal(0, stream.StartingVersion);
        stream.AppendOne(new AccountOpened("Al", 1));
        next.Events.Append("empty-2", 1, new AccountOpened("Al", 1));
        await next.SaveChangesAsync(Token);
        Assert.Equal(1L, await database.ScalarAsync<long>("select version from mt_streams where id = 'empty'"));
        Assert.Equal(1L, await database.ScalarAsync<long>("select version from mt_streams where id = 'empty-2'"));
    }

    private async Task<long[]> QuickAsync(string stream, string? type, string body, string alias, long? expected)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select mt_quick_append_events($1, $2, '*DEFAULT*', array[gen_random_uuid()], array[$3], array[null::varchar], array[$4::jsonb], array[null::bytea],
                array['cause'::varchar], array['corr'::varchar], array['{"region":"eu","attempt":3}'::jsonb], array['user-1'::varchar], array[now()], $5)
            """);
        command.Parameters.Add(new() { Value = stream, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Varchar });
        command.Parameters.Add(new() { Value = (object?)type ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Varchar });
        command.Parameters.Add(new() { Value = alias, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Varchar });
        command.Parameters.Add(new() { Value = body, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)expected ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        return (long[])(await command.ExecuteScalarAsync(Token))!;
    }

    private Task InsertAsync(string stream, long version, string alias, string body, string headers, string timestamp = "now()") => database.ExecuteAsync(
        $"""
        insert into mt_streams (id, version) values ('{stream}', {version});
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, headers)
        values (nextval('mt_events_sequence'), gen_random_uuid(), '{stream}', {version}, '{body}', '{alias}', {timestamp}, {headers});
        """);
}

public sealed record Savings(string Id, decimal Balance)
{
    public static Savings Create(AccountOpened e) => new("", e.Balance);

    public Savings Apply(MoneyDeposited e) => this with { Balance = Balance + e.Amount };

    public Savings Apply(MoneyWithdrawn e) => this with { Balance = Balance - e.Amount };
}
