namespace EventSourced.EventStore.Tests.Streams;

public sealed class UpcastTests(BankDatabase database) : IClassFixture<BankDatabase>
{
    [Fact]
    public async Task An_old_alias_is_read_folded_and_projected_as_the_new_event()
    {
        var token = TestContext.Current.CancellationToken;
        await using (var old = database.Store(o => o.Events.MapEventType<AccountRegistered>("account_registered")))
        {
            await using var writer = old.LightweightSession();
            writer.Events.StartStream<Account>("old-1", new AccountRegistered("Ann"));
            await writer.SaveChangesAsync(token);
        }

        await using var store = database.Store(o => o.Events.Upcast<AccountRegistered, AccountOpened>("account_registered", e => new AccountOpened(e.Name, 100)));
        await using var session = store.LightweightSession();
        var read = Assert.Single(await session.Events.FetchStreamAsync("old-1", token: token));
        Assert.Equal((new AccountOpened("Ann", 100), "account_registered"), (read.Data, read.EventTypeName));
        Assert.Equal(100, (await session.Events.AggregateStreamAsync<Account>("old-1", token: token))!.Balance);

        session.Events.Append("old-1", new MoneyDeposited(1));
        await session.SaveChangesAsync(token);
        Assert.Equal(101, (await session.LoadAsync<AccountView>("old-1", token))!.Balance);
    }

    public sealed record AccountRegistered(string Name);
}
