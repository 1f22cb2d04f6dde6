using Npgsql;

namespace EventSourced.EventStore.Tests.Streams;

/// <summary>In a new installation nothing has been analyzed yet, and planning costs more than the work: hot statements must settle on a generic plan even so.</summary>
public sealed class PlanningTests(BankDatabase database) : IClassFixture<BankDatabase>
{
    private const string Replanned = """
        select coalesce(string_agg(regexp_replace(statement, '\s+', ' ', 'g'), E'\n'), '') from pg_prepared_statements
        where generic_plans + custom_plans >= 20 and custom_plans > 5
        """;

    // Autovacuum may come at any moment, on these tables as soon as they have some rows, and after it a plan is chosen once more.
    private const string NeverAnalyzed = """
        select string_agg(format('alter table %s set (autovacuum_enabled = false)', c.oid::regclass), ';')
        from pg_class c where c.relkind = 'r' and c.relnamespace in ('public'::regnamespace, 'es'::regnamespace)
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(2_000)]
    public async Task Statements_of_hot_paths_are_not_planned_at_every_execution(int streamsBefore)
    {
        await LeaveUnanalyzedAsync();
        await FillAsync(streamsBefore);
        await using var store = database.Store(options =>
        {
            options.ConnectionString = new NpgsqlConnectionStringBuilder(database.ConnectionString) { MaxPoolSize = 1 }.ConnectionString;
            options.Events.FoldConcurrentAppends = false;
            options.Projections.Snapshot<Balance>(SnapshotLifecycle.Inline);
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        await LeaveUnanalyzedAsync();
        for (var n = 0; n < 30; n++)
            await WorkAsync(store, $"plan-{streamsBefore}-{n % 6}", n);

        await using var command = store.DataSource.CreateCommand(Replanned);
        Assert.Equal("", await command.ExecuteScalarAsync(Token));
    }

    private static async Task WorkAsync(DocumentStore store, string key, int n)
    {
        await using var session = store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Account>(key, Token);
        stream.AppendOne(stream.Aggregate is null ? new AccountOpened("Ann", 1) : new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);

        (await session.Events.FetchForWriting<AccountView>(key, Token)).AppendMany(new MoneyDeposited(1), new MoneyWithdrawn(1));
        await session.SaveChangesAsync(Token);

        session.Events.StartStream<Account>($"{key}-{n}", new AccountOpened("Bob", 1));
        await session.SaveChangesAsync(Token);

        session.Events.Append(key, new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);

        (await session.Events.FetchForWriting<Account>(key, Token)).AppendMany(new MoneyDeposited(1), new MoneyDeposited(2));
        await session.SaveChangesAsync(Token);

        await SeveralAsync(session, [$"{key}-{n}", $"{key}-{n}-b", .. Enumerable.Range(0, n % 5).Select(more => $"{key}-{n}-{more}")]);

        await session.LoadAsync<AccountView>(key, Token);
        await session.Events.AggregateStreamAsync<Account>(key, token: Token);
        await session.Events.FetchStreamStateAsync(key, Token);
    }

    private static async Task SeveralAsync(IDocumentSession session, IReadOnlyList<string> keys)
    {
        var query = session.CreateBatchQuery();
        var streams = keys.Select(query.Events.FetchForWriting<Account>).ToList();
        await query.Execute(Token);
        foreach (var stream in streams)
            (await stream).AppendOne((await stream).Aggregate is null ? new AccountOpened("Cy", 1) : new MoneyDeposited(1));

        await session.SaveChangesAsync(Token);
        foreach (var key in keys)
            session.Events.Append(key, new MoneyDeposited(1), new MoneyDeposited(2));

        await session.SaveChangesAsync(Token);
    }

    private async Task LeaveUnanalyzedAsync() => await database.ExecuteAsync((await database.ScalarAsync<string>(NeverAnalyzed))!);

    private async Task FillAsync(int streams)
    {
        await using var store = database.Store();
        await using var session = store.LightweightSession();
        for (var n = 0; n < streams; n++)
            session.Events.StartStream<Account>($"before-{n}", new AccountOpened("Ann", 1), new MoneyDeposited(1));

        await session.SaveChangesAsync(Token);
    }

    public sealed record Balance(string Id, decimal Amount)
    {
        public static Balance Create(AccountOpened e) => new("", e.Balance);

        public Balance Apply(MoneyDeposited e) => this with { Amount = Amount + e.Amount };
    }
}
