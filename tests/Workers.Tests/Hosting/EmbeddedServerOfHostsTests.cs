namespace EventSourced.Workers.Tests.Hosting;

public sealed class EmbeddedServerOfHostsTests : IAsyncDisposable
{
    private readonly DataFolder data = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hosts_that_start_at_once_share_one_server_and_the_last_to_leave_stops_it()
    {
        var starts = await Task.WhenAll(data.StartAsync("Api", Token), data.StartAsync("Workers", Token));
        await using var api = starts[0];
        await using var workers = starts[1];
        await AssertReadyAsync(api);
        await AssertReadyAsync(workers);
        var server = data.PostmasterId;

        Assert.Equal(0, await api.StopAsync(Token));
        Assert.True(data.ServerRuns);
        Assert.Equal(server, data.PostmasterId);
        await AssertReadyAsync(workers);

        Assert.Equal(0, await workers.StopAsync(Token));
        Assert.False(data.ServerRuns);
        await Until.TrueAsync("the server's process has ended", () => !DataFolder.IsAlive(server), Token);
    }

    [Fact]
    public async Task A_killed_server_comes_back_at_the_same_address_with_what_was_committed()
    {
        await using var workers = await data.StartAsync("Workers", Token);
        await AssertReadyAsync(workers);
        await data.QueryAsync("create table kept (id int); insert into kept values (1)", Token);
        var (address, killed) = (data.ConnectionString, data.PostmasterId);

        HostProcess.Kill(killed);
        await workers.LogAsync("The embedded PostgreSQL answers again", Token);

        Assert.NotEqual(killed, data.PostmasterId);
        Assert.Equal(address, data.ConnectionString);
        Assert.Equal(1, await data.QueryAsync("select id from kept", Token));
        await AssertReadyAsync(workers);
    }

    [Fact]
    public async Task A_killed_host_counts_as_gone()
    {
        var killed = await data.StartAsync("Workers", Token);
        await AssertReadyAsync(killed);
        var server = data.PostmasterId;
        await killed.KillAsync(Token);
        Assert.True(data.ServerRuns);

        await using var next = await data.StartAsync("Workers", Token);
        await AssertReadyAsync(next);
        Assert.Equal(server, data.PostmasterId);

        Assert.Equal(0, await next.StopAsync(Token));
        Assert.False(data.ServerRuns);
    }

    [Fact]
    public async Task After_everything_was_killed_the_next_host_recovers_the_data()
    {
        var killed = await data.StartAsync("Workers", Token);
        await AssertReadyAsync(killed);
        await data.QueryAsync("create table kept (id int); insert into kept values (1)", Token);
        await killed.KillAsync(Token);
        HostProcess.Kill(data.PostmasterId);

        await using var next = await data.StartAsync("Workers", Token);
        await AssertReadyAsync(next);
        Assert.Equal(1, await data.QueryAsync("select id from kept", Token));
    }

    public ValueTask DisposeAsync() => data.DisposeAsync();

    private static async Task AssertReadyAsync(HostProcess host)
    {
        using var client = new HttpClient { BaseAddress = await host.AddressAsync(Token) };
        using var response = await client.GetAsync("/health/ready", Token);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
    }
}
