using System.Security.Cryptography;
using EventSourced.EventStore.Daemon.Parking;
using Npgsql;

namespace EventSourced.EventStore.Tests.Daemon;

public sealed class ParkedDocumentTests(AsyncBankDatabase template) : DaemonTest(template)
{
    [Fact]
    public async Task A_failing_event_stops_its_document_and_nothing_else()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1, "bad"), new MoneyDeposited(NoteTotalsProjection.Poison, "bad"), new MoneyDeposited(1, "bad"));
        await AppendAsync("account-2", new MoneyDeposited(2, "good"));
        await daemon.WaitForNonStaleData(Soon);
        await AppendAsync("account-2", new MoneyDeposited(4, "bad"), new MoneyDeposited(4, "good"));
        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal(new NoteTotals("bad", 1, 1), await LoadAsync<NoteTotals>("bad"));
        Assert.Equal(new NoteTotals("good", 2, 6), await LoadAsync<NoteTotals>("good"));
        var parked = Assert.Single(await Store.Advanced.ParkedDocumentsAsync("NoteTotals", Token));
        Assert.Equal(("NoteTotals:All", "bad", 2L, "No deposit is -666."), (parked.Shard, parked.DocumentId, parked.Sequence, parked.Error));
    }

    [Fact]
    public async Task A_document_that_events_change_in_place_stays_as_it_was_before_the_failure()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1), new MoneyDeposited(NoteTotalsProjection.Poison));
        await AppendAsync("account-2", new MoneyDeposited(1));
        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal([1m], (await LoadAsync<AccountActivity>("account-1"))!.Movements);
        Assert.Equal(1, await Bank.ScalarAsync<long>("select mt_version from mt_doc_accountactivity where id = 'account-1'"));
    }

    [Fact]
    public async Task It_leaves_the_dead_letter_that_Marten_leaves()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(NoteTotalsProjection.Poison, "bad"));
        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal(
            """{"TenantId": "*DEFAULT*", "ShardName": "All", "EventSequence": 1, "ExceptionType": "System.InvalidOperationException", "ProjectionName": "NoteTotals", "ExceptionMessage": "No deposit is -666."}""",
            await Bank.ScalarAsync<string>("select (data - 'Id' - 'Timestamp')::text from mt_doc_deadletterevent where data ->> 'ProjectionName' = 'NoteTotals'"));
    }

    [Fact]
    public async Task A_mended_document_catches_up_and_goes_on()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1, "bad"), new MoneyDeposited(NoteTotalsProjection.Poison, "bad"), new MoneyDeposited(1, "bad"));
        await daemon.WaitForNonStaleData(Soon);
        var still = await Assert.ThrowsAsync<StillFailingException>(() => Store.Advanced.ResumeParkedAsync("NoteTotals", "bad", Token));
        Assert.Equal(2, still.Sequence);

        await Bank.ExecuteAsync("""update mt_events set data = '{"Amount": 10, "Note": "bad"}' where seq_id = 2""");
        await Store.Advanced.ResumeParkedAsync("NoteTotals", "bad", Token);
        await AppendAsync("account-2", new MoneyDeposited(100, "bad"));
        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal(new NoteTotals("bad", 4, 112), await LoadAsync<NoteTotals>("bad"));
        Assert.Empty(await Store.Advanced.ParkedDocumentsAsync("NoteTotals", Token));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.Advanced.ResumeParkedAsync("NoteTotals", "bad", Token));
    }

    [Fact]
    public async Task What_the_database_refuses_is_parked_by_stream_and_resumed_in_order()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1_000), new MoneyDeposited(LargeDepositsProjection.TooLarge), new MoneyDeposited(2_000));
        await AppendAsync("account-2", new MoneyDeposited(3_000));
        await daemon.WaitForNonStaleData(Soon);
        Assert.Equal("1000, 3000", await Bank.ScalarAsync<string>("select string_agg(amount::text, ', ' order by amount) from es.large_deposits"));

        var parked = Assert.Single(await Store.Advanced.ParkedDocumentsAsync(typeof(LargeDepositsProjection).FullName!, Token));
        Assert.Equal(("account-1", 2L), (parked.DocumentId, parked.Sequence));

        await Bank.ExecuteAsync("""update mt_events set data = '{"Amount": 1500, "Note": null}' where seq_id = 2""");
        await Store.Advanced.ResumeParkedAsync(parked.Shard, "account-1", Token);
        await AppendAsync("account-1", new MoneyDeposited(4_000));
        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal(
            "1000, 1500, 2000, 3000, 4000", await Bank.ScalarAsync<string>("select string_agg(amount::text, ', ' order by amount) from es.large_deposits"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_event_that_belongs_to_no_possible_document_is_parked_alone(bool rebuilt)
    {
        await using var store = Bank.Store(options => options.Projections.Add<ByNoteProjection>(ProjectionLifecycle.Async));
        await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        await AppendAsync("account-1", new MoneyDeposited(1), new MoneyDeposited(2, Convert.ToHexString(RandomNumberGenerator.GetBytes(2_000))), new MoneyDeposited(4, "a"));
        await using var daemon = await StartedAsync(store);
        await daemon.WaitForNonStaleData(Soon);
        if (rebuilt)
            await daemon.RebuildProjectionAsync("ByNote", Token);

        Assert.Equal(new ByNote("a", 4), await LoadAsync<ByNote>(store, "a"));
        Assert.Equal(["event:1", "event:2"], (await store.Advanced.ParkedDocumentsAsync("ByNote", Token)).Select(p => p.DocumentId));
        await Assert.ThrowsAsync<StillFailingException>(() => store.Advanced.ResumeParkedAsync("ByNote", "event:1", Token));
    }

    [Fact]
    public void What_is_too_large_for_the_database_is_about_data() =>
        Assert.True(Failure.IsAboutData(new PostgresException("index row size exceeds btree maximum", "ERROR", "ERROR", "54000")));

    [Fact]
    public async Task A_parked_document_takes_in_an_event_resumed_before_it_when_it_goes_on_itself()
    {
        await AppendAsync(
            "account-1", new MoneyDeposited(1, "a"), new MoneyDeposited(2, "a"), new MoneyDeposited(4, "a"), new MoneyDeposited(NoteTotalsProjection.Poison, "a"),
            new MoneyDeposited(8, "a"));
        await Bank.ExecuteAsync("""update mt_events set data = '{"Amount": "much"}' where seq_id = 2""");
        await using var daemon = await StartedAsync();
        await daemon.WaitForNonStaleData(Soon);
        Assert.Equal(new NoteTotals("a", 2, 5), await LoadAsync<NoteTotals>("a"));

        await Bank.ExecuteAsync("""update mt_events set data = '{"Amount": 2, "Note": "a"}' where seq_id = 2""");
        await Store.Advanced.ResumeParkedAsync("NoteTotals", "event:2", Token);
        await Bank.ExecuteAsync("""update mt_events set data = '{"Amount": 16, "Note": "a"}' where seq_id = 4""");
        await Store.Advanced.ResumeParkedAsync("NoteTotals", "a", Token);

        Assert.Equal(new NoteTotals("a", 5, 31), await LoadAsync<NoteTotals>("a"));
        Assert.Empty(await Store.Advanced.ParkedDocumentsAsync("NoteTotals", Token));
    }

    [Fact]
    public async Task A_document_is_parked_at_its_first_event_that_failed()
    {
        await Bank.ExecuteAsync("alter table mt_doc_notetotals add constraint lucky check ((data ->> 'Total')::numeric <> 13)");
        await AppendAsync("account-1", new MoneyDeposited(13, "a"), new MoneyDeposited(NoteTotalsProjection.Poison, "a"));
        await using var daemon = await StartedAsync();
        await daemon.WaitForNonStaleData(Soon);
        Assert.Equal(1, Assert.Single(await Store.Advanced.ParkedDocumentsAsync("NoteTotals", Token)).Sequence);

        await Bank.ExecuteAsync("""alter table mt_doc_notetotals drop constraint lucky; update mt_events set data = '{"Amount": 2, "Note": "a"}' where seq_id = 2""");
        await Store.Advanced.ResumeParkedAsync("NoteTotals", "a", Token);

        Assert.Equal(new NoteTotals("a", 2, 15), await LoadAsync<NoteTotals>("a"));
    }

    [Fact]
    public async Task A_row_that_reflects_more_than_where_it_was_parked_is_folded_anew()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1, "a"), new MoneyDeposited(2, "a"), new MoneyDeposited(4, "a"));
        await daemon.WaitForNonStaleData(Soon);
        await Bank.ExecuteAsync("insert into es.parked (shard, document_id, seq_id, error) values ('NoteTotals:All', 'a', 2, 'by hand')");

        await Store.Advanced.ResumeParkedAsync("NoteTotals", "a", Token);

        Assert.Equal(new NoteTotals("a", 3, 7), await LoadAsync<NoteTotals>("a"));
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_parks_the_document_of_its_stream_or_itself()
    {
        await AppendAsync("account-1", new MoneyDeposited(1, "a"), new MoneyDeposited(2, "a"), new MoneyDeposited(3, "a"));
        await Bank.ExecuteAsync("""update mt_events set data = '{"Amount": "much"}' where seq_id = 2""");
        await using var daemon = await StartedAsync();
        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal([1m], (await LoadAsync<AccountActivity>("account-1"))!.Movements);
        Assert.Equal(new NoteTotals("a", 2, 4), await LoadAsync<NoteTotals>("a"));
        Assert.Equal("event:2", Assert.Single(await Store.Advanced.ParkedDocumentsAsync("NoteTotals", Token)).DocumentId);

        await Bank.ExecuteAsync("""update mt_events set data = '{"Amount": 2, "Note": "a"}' where seq_id = 2""");
        await Store.Advanced.ResumeParkedAsync("NoteTotals", "event:2", Token);
        await Store.Advanced.ResumeParkedAsync("AccountActivity", "account-1", Token);

        Assert.Equal(new NoteTotals("a", 3, 6), await LoadAsync<NoteTotals>("a"));
        Assert.Equal([1m, 2m, 3m], (await LoadAsync<AccountActivity>("account-1"))!.Movements);
    }

    private static async Task<T?> LoadAsync<T>(DocumentStore store, string id) where T : notnull
    {
        await using var session = store.QuerySession();
        return await session.LoadAsync<T>(id, Token);
    }
}

/// <summary>Believes that every deposit has a note.</summary>
public sealed record ByNote(string Id, decimal Total);

public sealed partial class ByNoteProjection : MultiStreamProjection<ByNote, string>
{
    public ByNoteProjection() => Identity<MoneyDeposited>(e => e.Note!);

    public static ByNote Create(MoneyDeposited e) => new("", e.Amount);

    public static ByNote Apply(MoneyDeposited e, ByNote view) => view with { Total = view.Total + e.Amount };
}
