namespace EventSourced.EventStore.Tests.Streams;

public sealed class FindForWritingTests(BankDatabase database) : IClassFixture<BankDatabase>, IAsyncDisposable
{
    private const string ByOwner = "select id from mt_doc_accountview where data ->> 'Owner' = ? limit 1 for no key update skip locked";

    private readonly DocumentStore store = database.Store();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task A_stream_found_by_sql_is_read_with_its_version_and_saved_with_its_inline_documents()
    {
        await OpenAsync("account-41", "Ann");
        await using var session = store.LightweightSession();

        var stream = await session.Events.FindForWriting<Account>(ByOwner, Token, "Ann");
        stream!.AppendOne(new MoneyDeposited(5));
        await session.SaveChangesAsync(Token);

        Assert.Equal(("account-41", 1L, 10m), (stream.Key, stream.StartingVersion, stream.Aggregate!.Balance));
        Assert.Equal((15m, 2L), (await ViewAsync("account-41") is { } view ? (view.Balance, view.Version) : default));
    }

    [Fact]
    public async Task Nothing_found_is_null()
    {
        await using var session = store.LightweightSession();
        Assert.Null(await session.Events.FindForWriting<Account>(ByOwner, Token, "nobody"));
        Assert.Null(await session.Events.FindForWriting<Account>("select null::text where ? = 1", Token, 1));
    }

    [Fact]
    public async Task What_it_locks_stays_locked_until_the_session_ends()
    {
        await OpenAsync("account-42", "Eve");
        await using (var first = store.LightweightSession())
        {
            Assert.NotNull(await first.Events.FindForWriting<Account>(ByOwner, Token, "Eve"));
            await using var second = store.LightweightSession();
            Assert.Null(await second.Events.FindForWriting<Account>(ByOwner, Token, "Eve"));
        }

        await using var third = store.LightweightSession();
        Assert.NotNull(await third.Events.FindForWriting<Account>(ByOwner, Token, "Eve"));
    }

    [Fact]
    public async Task A_search_that_found_nothing_may_be_repeated_in_the_same_session()
    {
        await OpenAsync("account-43", "Joe");
        await using var session = store.LightweightSession();
        Assert.Null(await session.Events.FindForWriting<Account>(ByOwner, Token, "nobody"));

        var stream = await session.Events.FindForWriting<Account>(ByOwner, Token, "Joe");
        stream!.AppendOne(new MoneyWithdrawn(1));
        await session.SaveChangesAsync(Token);

        Assert.Equal(9m, (await ViewAsync("account-43"))!.Balance);
    }

    private async Task OpenAsync(string key, string owner)
    {
        await using var session = store.LightweightSession();
        session.Events.StartStream<Account>(key, new AccountOpened(owner, 10));
        await session.SaveChangesAsync(Token);
    }

    private async Task<AccountView?> ViewAsync(string key)
    {
        await using var session = store.QuerySession();
        return await session.LoadAsync<AccountView>(key, Token);
    }
}
