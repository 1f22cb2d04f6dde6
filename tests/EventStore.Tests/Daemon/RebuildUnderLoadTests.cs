namespace EventSourced.EventStore.Tests.Daemon;

/// <summary>Rebuilds of 10,000 documents while others read and write.</summary>
public sealed class RebuildUnderLoadTests(AsyncBankDatabase template) : DaemonTest(template)
{
    private const int Accounts = 10_000;

    [Fact]
    public async Task Ten_thousand_documents_are_replaced_while_readers_never_miss_one()
    {
        await FillAsync();
        await using var daemon = await StartedAsync();
        await daemon.WaitForNonStaleData(TimeSpan.FromMinutes(2));
        using var stop = new CancellationTokenSource();
        var reading = Task.WhenAll(
            Task.Run(() => ReadAsync("mt_doc_accountview", stop.Token), Token), Task.Run(() => ReadAsync("mt_doc_accountactivity", stop.Token), Token));
        var writing = Task.Run(() => WriteAsync(stop.Token), Token);

        await daemon.RebuildProjectionAsync("AccountView", Token);
        await daemon.RebuildProjectionAsync("AccountActivity", Token);
        await daemon.RebuildProjectionAsync("NoteTotals", Token);
        await daemon.RebuildProjectionAsync(typeof(MovementsProjection).FullName!, Token);
        await stop.CancelAsync();
        var reads = (await reading).Sum();
        var written = await writing;
        await daemon.WaitForNonStaleData(TimeSpan.FromMinutes(2));

        Assert.True(reads > 0 && written > 0, $"{reads} reads, {written} writes.");
        var reports = await Store.Advanced.VerifyAsync(null, Token);
        Assert.All(reports, report => Assert.True(report.IsEqual, report.ToString()));
        Assert.Equal(Accounts, reports.Single(r => r.Projection == "AccountView").Tables.Single().Rows);
        Assert.Equal(Accounts + written, reports.Single(r => r.Projection.EndsWith("MovementsProjection", StringComparison.Ordinal)).Tables.Single().Rows);
    }

    private async Task FillAsync()
    {
        foreach (var accounts in Enumerable.Range(0, Accounts).Chunk(500))
        {
            await using var session = Store.LightweightSession();
            foreach (var account in accounts)
                session.Events.StartStream<Account>($"account-{account}", new AccountOpened($"Owner {account}", account), new MoneyDeposited(account, $"note {account % 97}"));

            await session.SaveChangesAsync(Token);
        }
    }

    private async Task<int> ReadAsync(string table, CancellationToken stop)
    {
        var reads = 0;
        for (; !stop.IsCancellationRequested; reads++)
            Assert.Equal(Accounts, await Bank.ScalarAsync<long>($"select count(*) from {table}"));

        return reads;
    }

    private async Task<int> WriteAsync(CancellationToken stop)
    {
        var written = 0;
        for (; !stop.IsCancellationRequested; written++)
            await DepositAsync($"account-{written * 7919 % Accounts}", new MoneyDeposited(written, $"note {written % 97}"));

        return written;
    }

    /// <summary>Again when a swap came in between, as the bus would.</summary>
    private async Task DepositAsync(string account, MoneyDeposited deposit)
    {
        while (await Record.ExceptionAsync(() => AppendAsync(account, deposit)) is { } lost)
            Assert.IsType<ConcurrencyException>(lost);
    }
}
