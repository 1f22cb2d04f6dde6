namespace EventSourced.EventStore.Tests.Daemon;

public sealed class VerifyTests(AsyncBankDatabase template) : DaemonTest(template)
{
    [Fact]
    public async Task Tables_that_are_what_their_events_say_are_equal_with_equal_digests()
    {
        await using var daemon = await StartedAsync();
        await FillAsync();
        await daemon.WaitForNonStaleData(Soon);

        var reports = await Store.Advanced.VerifyAsync(null, Token);

        Assert.Equal(5, reports.Count);
        Assert.All(reports, report => Assert.True(report.IsEqual, report.ToString()));
        Assert.All(reports.SelectMany(r => r.Tables), table => Assert.Equal((table.Rows, table.Digest), (table.ExpectedRows, table.ExpectedDigest)));
        Assert.Equal(20, reports.Single(r => r.Projection == "AccountView").Tables.Single().Rows);
    }

    [Theory]
    [InlineData("update mt_doc_notetotals set data = data || '{\"Count\": 99}' where id in ('note 2', 'note 1')", "NoteTotals", "note 1")]
    [InlineData("delete from mt_doc_accountactivity where id = 'account-7'", "AccountActivity", "account-7")]
    [InlineData("insert into mt_doc_accountview (id, data, mt_version) values ('account-111', '{}', 1)", "AccountView", "account-111")]
    [InlineData("update mt_doc_accountview set mt_version = 9 where id = 'account-2'", "AccountView", "account-2")]
    [InlineData("delete from es.movements where stream = 'account-3'", "EventSourced.EventStore.Tests.MovementsProjection", "(account-3,2,1003)")]
    public async Task The_first_difference_is_named(string damage, string projection, string id)
    {
        await using var daemon = await StartedAsync();
        await FillAsync();
        await daemon.WaitForNonStaleData(Soon);
        await Bank.ExecuteAsync(damage);

        var report = Assert.Single(await Store.Advanced.VerifyAsync(projection, Token));

        Assert.False(report.IsEqual);
        Assert.Equal(id, Assert.Single(report.Tables).FirstDifference?.Id);
        Assert.NotEqual(report.Tables[0].Digest, report.Tables[0].ExpectedDigest);
    }

    [Fact]
    public async Task A_shard_that_lags_is_compared_as_of_where_it_is()
    {
        await using (var daemon = await StartedAsync())
        {
            await FillAsync();
            await daemon.WaitForNonStaleData(Soon);
        }

        await AppendAsync("account-1", new MoneyDeposited(5, "note 1"));

        var report = Assert.Single(await Store.Advanced.VerifyAsync("NoteTotals", Token));
        Assert.True(report.IsEqual, report.ToString());
        Assert.Equal(40, report.UpTo);
    }

    [Fact]
    public async Task Parked_documents_are_listed_and_compared_as_of_where_they_stopped()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1, "bad"), new MoneyDeposited(NoteTotalsProjection.Poison, "bad"), new MoneyDeposited(1, "bad"));
        await daemon.WaitForNonStaleData(Soon);
        await Bank.ExecuteAsync("""update mt_events set data = '{"Amount": 10, "Note": "bad"}' where seq_id = 2""");

        var report = Assert.Single(await Store.Advanced.VerifyAsync("NoteTotals", Token));

        Assert.True(report.IsEqual, report.ToString());
        Assert.Equal("bad", Assert.Single(report.Parked).DocumentId);
    }

    [Fact]
    public async Task Writers_and_shards_go_on_while_it_compares()
    {
        await using var daemon = await StartedAsync();
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var n = 0; !stop.IsCancellationRequested; n++)
                await AppendAsync($"account-{n % 50}", new MoneyDeposited(n, $"note {n % 5}"));
        }, Token);

        for (var round = 0; round < 5; round++)
            Assert.All(await Store.Advanced.VerifyAsync(null, Token), report => Assert.True(report.IsEqual, report.ToString()));

        await stop.CancelAsync();
        await writing;
    }

    private async Task FillAsync()
    {
        for (var account = 1; account <= 20; account++)
            await AppendAsync($"account-{account}", new AccountOpened("Ann", 0), new MoneyDeposited(1_000 + account, $"note {account % 5}"));
    }
}
