namespace EventSourced.Api.Tests.Accounts;

/// <summary>Whatever happens to a change of password, one hash stays and it is the one in force.</summary>
public sealed class PasswordTests(ApiHost api) : IClassFixture<ApiHost>
{
    private const string First = "correct horse battery", Second = "staple correct horse";

    [Fact]
    public async Task A_repeated_change_with_its_key_keeps_the_new_password()
    {
        var (user, login) = await UserAsync();
        var secrets = await SecretsAsync();

        for (var i = 0; i < 2; i++)
            await SetAsync(user, Second).With("Idempotency-Key", "once").Expect(204);

        await api.Http.Post("/api/tokens", new { login, password = Second }).Expect(200);
        await api.Http.Post("/api/tokens", new { login, password = First }).Expect(401);
        Assert.Equal(secrets, await SecretsAsync());
    }

    [Fact]
    public async Task Of_changes_at_the_same_time_one_password_stays()
    {
        var (user, _) = await UserAsync();
        var secrets = await SecretsAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async n => await SetAsync(user, $"{Second} {n}").Expect(204, 409)));

        Assert.Equal(secrets, await SecretsAsync());
    }

    [Fact]
    public async Task A_change_that_changed_nothing_leaves_no_secret_behind()
    {
        var (user, login) = await UserAsync();
        await SetAsync(user, Second).With("Idempotency-Key", "other body").Expect(204);
        var secrets = await SecretsAsync();

        await SetAsync(user, First).With("Idempotency-Key", "other body").Expect(422);
        await SetAsync(user, First).With("If-Match", "\"99\"").Expect(412);
        await SetAsync(77_777, First).Expect(404);

        Assert.Equal(secrets, await SecretsAsync());
        await api.Http.Post("/api/tokens", new { login, password = Second }).Expect(200);
    }

    [Fact]
    public async Task A_registration_that_changed_nothing_leaves_neither_secret_nor_key_behind()
    {
        var login = Accounts.UniqueLogin("once");
        await api.Http.Post("/api/users", new { login, password = First }).As(api.AdminKey).With("Idempotency-Key", "user").Expect(201);
        var (secrets, keys) = (await SecretsAsync(), await CountAsync("es.subject_keys"));

        await api.Http.Post("/api/users", new { login = login + "-2", password = First }).As(api.AdminKey).With("Idempotency-Key", "user").Expect(422);
        await api.Http.Post("/api/users", new { login, password = First }).As(api.AdminKey).Expect(409);

        Assert.Equal((secrets, keys), (await SecretsAsync(), await CountAsync("es.subject_keys")));
    }

    [Fact]
    public async Task With_an_erased_user_its_key_names_and_password_go_and_with_a_refused_erasure_nothing()
    {
        var before = await EverythingAsync();
        var (user, _) = await UserAsync();

        await api.Http.Delete($"/api/users/{user}").As(api.AdminKey).With("If-Match", "\"99\"").Expect(412);
        await SetAsync(user, Second).Expect(204);
        Assert.NotEqual(before, await EverythingAsync());

        await api.Http.Delete($"/api/users/{user}").As(api.AdminKey).Expect(204);
        Assert.Equal(before, await EverythingAsync());
    }

    [Fact]
    public async Task What_an_erasure_left_that_was_cut_off_goes_when_it_is_asked_once_more()
    {
        var before = await EverythingAsync();
        var (user, _) = await UserAsync(password: null);
        await api.Http.Delete($"/api/users/{user}").As(api.AdminKey).Expect(204);
        await using var left = api.Database.DataSource.CreateCommand($@"insert into es.subject_keys(subject, wrapped) values ('user-{user}', '\x00')");
        await left.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await api.Http.Delete($"/api/users/{user}").As(api.AdminKey).Expect(204);

        Assert.Equal(before, await EverythingAsync());
    }

    private HttpScenario SetAsync(int user, string password) => api.Http.Put($"/api/users/{user}/password", new { password }).As(api.AdminKey);

    private async Task<(int User, string Login)> UserAsync(string? password = First)
    {
        var login = Accounts.UniqueLogin("password");
        var made = await api.Http.Post("/api/users", new { login, password }).As(api.AdminKey).Expect(201);
        return (made.Json.GetProperty("id").GetInt32(), login);
    }

    private Task<long> SecretsAsync() => CountAsync("es.secrets");

    private async Task<(long, long, long)> EverythingAsync() => (await SecretsAsync(), await CountAsync("es.subject_keys"), await CountAsync("es.subject_index"));

    private async Task<long> CountAsync(string table)
    {
        await using var command = api.Database.DataSource.CreateCommand($"select count(*) from {table}");
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
