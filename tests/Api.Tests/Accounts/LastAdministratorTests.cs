using Npgsql;

namespace EventSourced.Api.Tests.Accounts;

/// <summary>Whatever happens at the same time, somebody remains who can grant roles.</summary>
public sealed class LastAdministratorTests : IAsyncLifetime
{
    private readonly ApiHost api = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => api.InitializeAsync();

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Theory]
    [InlineData("DELETE", "/api/users/{0}/roles/administrator")]
    [InlineData("POST", "/api/users/{0}/deactivate")]
    [InlineData("DELETE", "/api/users/{0}")]
    public async Task Of_two_that_are_taken_away_at_the_same_time_one_stays(string method, string url)
    {
        var other = await api.UserAsync("administrator");
        var (key, _) = await api.KeyAsync(other);
        await api.Http.Get("/api/users").As(key).Expect(200);

        Answer[] answers;
        await using (var connection = await api.Database.DataSource.OpenConnectionAsync(Token))
        await using (var holding = await connection.BeginTransactionAsync(Token))
        {
            // Both are held before they can write, after each has had the chance to see the other one stay.
            await using var hold = new NpgsqlCommand($"select from mt_streams where id in ('user-1', 'user-{other}') for update", connection, holding);
            await hold.ExecuteNonQueryAsync(Token);
            var both = Task.WhenAll(
                new HttpScenario(api.Http, new HttpMethod(method), string.Format(null, url, 1)).As(key).Expect(204, 409),
                new HttpScenario(api.Http, new HttpMethod(method), string.Format(null, url, other)).As(api.AdminKey).Expect(204, 409));
            while (await WaitingAsync() < 2)
                Assert.False(both.IsCompleted, "A request was answered although its stream was held.");

            await holding.CommitAsync(Token);
            answers = await both;
        }

        Assert.Equal([204, 409], answers.Select(a => a.Status).Order());
        Assert.Equal("user.last_administrator", answers.Single(a => a.Status is 409).Json.GetProperty("code").GetString());
        Assert.Equal(1L, await ScalarAsync("select count(*) from es.users where active and 'administrator' = any(roles)"));
    }

    private Task<long> WaitingAsync() => ScalarAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");

    private async Task<long> ScalarAsync(string sql)
    {
        await using var command = api.Database.DataSource.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}
