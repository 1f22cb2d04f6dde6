using Npgsql;

namespace EventSourced.EventStore.Tests.Streams;

/// <summary>The exact high-water mark rests on this order: who draws a number owns a transaction id that a snapshot shows.</summary>
public sealed class TransactionIdTests(BankDatabase database) : IClassFixture<BankDatabase>
{
    /// <summary>Stands before <c>pg_catalog</c> in the search path, so the append statements call it.</summary>
    private const string Guarded = """
        create schema if not exists guarded;
        create or replace function guarded.nextval(regclass) returns bigint language plpgsql as $$
        begin
            if pg_current_xact_id_if_assigned() is null then
                raise exception 'A number was drawn before a transaction id was owned';
            end if;
            return pg_catalog.nextval($1);
        end $$;
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-c enable_nestloop=off")]
    [InlineData("-c enable_hashjoin=off -c enable_mergejoin=off")]
    [InlineData("-c enable_hashjoin=off")]
    [InlineData("-c enable_material=off -c enable_sort=off")]
    public async Task Append_owns_its_transaction_id_before_it_draws_a_number(string planner)
    {
        await database.ExecuteAsync(Guarded);
        await using var clone = await database.CloneAsync();
        await using (var setup = clone.DataSource.CreateCommand(Guarded))
            await setup.ExecuteNonQueryAsync(Token);

        var connection = new NpgsqlConnectionStringBuilder(clone.ConnectionString)
        {
            SearchPath = "guarded,pg_catalog,public", Options = $"-c plan_cache_mode=force_generic_plan {planner}",
        }.ConnectionString;
        foreach (var folds in new[] { true, false })
        {
            await using var store = database.Store(options =>
            {
                options.ConnectionString = connection;
                options.Events.FoldConcurrentAppends = folds;
            });
            await using (var control = store.DataSource.CreateCommand("select nextval('public.mt_events_sequence')"))
                await Assert.ThrowsAsync<PostgresException>(() => control.ExecuteScalarAsync(Token));

            await EveryKindOfAppendAsync(store, $"{folds}");
            await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Run(() => PlainAsync(store, $"{folds}-folded-{n % 20}"), Token)));
        }
    }

    private static async Task EveryKindOfAppendAsync(DocumentStore store, string prefix)
    {
        for (var n = 0; n < 4; n++)
        {
            await using var session = store.LightweightSession();
            session.Events.StartStream<Account>($"{prefix}-a-{n}", new AccountOpened("Ann", 1), new AccountOpened("Ann", 1));
            await session.SaveChangesAsync(Token);
            session.Events.Append($"{prefix}-a-{n}", 3, new MoneyDeposited(1));
            await session.SaveChangesAsync(Token);
            session.Events.Append($"{prefix}-a-{n}", 4, new AccountClosed("done"));
            session.QueueSqlCommand("select 1");
            await session.SaveChangesAsync(Token);
            await PlainAsync(store, $"{prefix}-plain-{n % 2}");
            session.Events.StartStream<Account>($"{prefix}-b-{n}", new AccountOpened("Ann", 1));
            session.Events.Append($"{prefix}-a-{n}", new PlainEvent(1), new PlainEvent(2));
            session.Events.StartStream<Account>($"{prefix}-c-{n}", new PlainEvent(1));
            await session.SaveChangesAsync(Token);
            session.Events.StartStream<Account>($"{prefix}-d-{n}", new PlainEvent(1), new PlainEvent(2));
            await session.SaveChangesAsync(Token);
            session.Events.StartStream<Account>($"{prefix}-e-{n}", new AccountOpened("Ann", 1), new PlainEvent(2));
            await session.SaveChangesAsync(Token);
            session.Events.Append($"{prefix}-e-{n}", 4, new MoneyDeposited(1), new PlainEvent(3));
            session.QueueSqlCommand("select 1");
            await session.SaveChangesAsync(Token);
            session.Events.Append($"{prefix}-d-{n}", 3, new PlainEvent(1));
            await session.SaveChangesAsync(Token);
        }
    }

    private static async Task PlainAsync(DocumentStore store, string key)
    {
        await using var session = store.LightweightSession();
        session.Events.Append(key, new PlainEvent(1));
        try
        {
            await session.SaveChangesAsync(Token);
        }
        catch (ConcurrencyException)
        {
            // Two started the stream at once.
        }
    }

    /// <summary>No projection takes it.</summary>
    public sealed record PlainEvent(int Number);
}
