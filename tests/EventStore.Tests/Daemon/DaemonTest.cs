namespace EventSourced.EventStore.Tests.Daemon;

/// <summary>A bank of its own for each test, with a daemon where one is wanted.</summary>
public abstract class DaemonTest(AsyncBankDatabase template) : IClassFixture<AsyncBankDatabase>, IAsyncLifetime
{
    protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected AsyncBankDatabase Bank { get; private set; } = null!;

    protected DocumentStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Bank = (AsyncBankDatabase)await template.CloneAsync();
        Store = Bank.Store();
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Bank.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task<IProjectionDaemon> StartedAsync() => StartedAsync(Store);

    protected static async Task<IProjectionDaemon> StartedAsync(DocumentStore on)
    {
        var daemon = on.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        return daemon;
    }

    protected async Task AppendAsync(string stream, params object[] events)
    {
        await using var session = Store.LightweightSession();
        session.Events.Append(stream, events);
        await session.SaveChangesAsync(Token);
    }

    /// <summary>As a Marten client appends.</summary>
    protected Task<long[]?> QuickAsync(string stream, string alias, string body) => Bank.ScalarAsync<long[]>(
        """
        select mt_quick_append_events($1::varchar, null, '*DEFAULT*', array[gen_random_uuid()], array[$2::varchar], array[null::varchar], array[$3::jsonb], array[null::bytea],
            array[null::varchar], array[null::varchar], array['null'::jsonb], array[null::varchar], array[now()], null)
        """, stream, alias, body);

    protected async Task UntilAsync(string condition)
    {
        while (!await Bank.ScalarAsync<bool>(condition))
            await Store.WakeUps.WaitAsync("nothing", TimeSpan.FromMilliseconds(50), Token);
    }

    protected async Task<T?> LoadAsync<T>(string id) where T : notnull
    {
        await using var session = Store.QuerySession();
        return await session.LoadAsync<T>(id, Token);
    }
}
