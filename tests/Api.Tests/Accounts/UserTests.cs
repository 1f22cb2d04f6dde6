namespace EventSourced.Api.Tests.Accounts;

public sealed class UserTests(ApiHost api) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task A_user_is_made_read_and_listed_with_its_personal_fields()
    {
        var login = Accounts.UniqueLogin("ann");
        var made = await api.Http.Post("/api/users", new { login, mail = $"{login}@example.org", displayName = "Ann Ångström", roles = new[] { "auditor" } })
            .As(api.AdminKey).Expect(201);

        var id = made.Json.GetProperty("id").GetInt32();
        var read = await api.Http.Get($"/api/users/{id}").As(api.AdminKey).Expect(200);

        Assert.Equal($"/api/users/{id}", made.Header("Location"));
        Assert.Equal($"{login}@example.org", read.Json.GetProperty("mail").GetString());
        Assert.Equal("Ann Ångström", read.Json.GetProperty("displayName").GetString());
        Assert.Equal("\"2\"", read.Header("ETag"));
        var page = await api.Http.Get($"/api/users?after={id - 1}&limit=1").As(api.AdminKey).Expect(200);
        Assert.Equal(login, page.Json.GetProperty("items")[0].GetProperty("login").GetString());
    }

    [Fact]
    public async Task A_login_name_or_mail_address_belongs_to_one_user_whatever_its_case()
    {
        var login = Accounts.UniqueLogin("bob");
        await api.Http.Post("/api/users", new { login, mail = $"{login}@example.org" }).As(api.AdminKey).Expect(201);

        var taken = await api.Http.Post("/api/users", new { login = login.ToUpperInvariant() }).As(api.AdminKey).Expect(409);
        var mail = await api.Http.Post("/api/users", new { login = login + "-2", mail = $"{login}@EXAMPLE.org" }).As(api.AdminKey).Expect(409);

        Assert.Equal("user.login_taken", taken.Json.GetProperty("code").GetString());
        Assert.Equal("user.mail_taken", mail.Json.GetProperty("code").GetString());
        await api.Http.Post("/api/users", new { login = login + "-2" }).As(api.AdminKey).Expect(201); // the refused request left no claim
    }

    [Fact]
    public async Task Of_many_that_want_one_login_name_at_the_same_time_one_gets_it()
    {
        var login = Accounts.UniqueLogin("race");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => api.Http.Post("/api/users", new { login }).As(api.AdminKey).Expect(201, 409)));

        Assert.Single(answers, a => a.Status == 201);
    }

    [Fact]
    public async Task A_repeated_request_with_its_key_makes_one_user_and_gets_the_same_answer()
    {
        var login = Accounts.UniqueLogin("cat");
        var key = Guid.CreateVersion7().ToString();

        var first = await api.Http.Post("/api/users", new { login }).As(api.AdminKey).With("Idempotency-Key", key).Expect(201);
        var second = await api.Http.Post("/api/users", new { login }).As(api.AdminKey).With("Idempotency-Key", key).Expect(201);
        var other = await api.Http.Post("/api/users", new { login = login + "-2" }).As(api.AdminKey).With("Idempotency-Key", key).Expect(422);

        Assert.Equal(first.Text, second.Text);
        Assert.Equal("idempotency.other_request", other.Json.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_repeated_request_for_a_key_gets_the_same_key()
    {
        var repeat = Guid.CreateVersion7().ToString();

        var first = await api.Http.Post("/api/keys", new { label = "once", days = 30 }).As(api.AdminKey).With("Idempotency-Key", repeat).Expect(201);
        var second = await api.Http.Post("/api/keys", new { label = "once", days = 30 }).As(api.AdminKey).With("Idempotency-Key", repeat).Expect(201);

        Assert.Equal(first.Text, second.Text);
        await api.Http.Get("/api/me").As(second.Json.GetProperty("key").GetString()!).Expect(200);
    }

    [Fact]
    public async Task A_repeated_request_for_a_node_gets_the_same_node_and_token()
    {
        var repeat = Guid.CreateVersion7().ToString();

        var first = await api.Http.Post("/api/nodes", new { name = "twice" }).As(api.AdminKey).With("Idempotency-Key", repeat).Expect(201);
        var second = await api.Http.Post("/api/nodes", new { name = "twice" }).As(api.AdminKey).With("Idempotency-Key", repeat).Expect(201);

        Assert.Equal(first.Text, second.Text);
    }

    [Fact]
    public async Task The_last_administrator_stays_one()
    {
        await using var fresh = new ApiHost();
        await fresh.InitializeAsync();

        var role = await fresh.Http.Delete("/api/users/1/roles/administrator").As(fresh.AdminKey).Expect(409);
        Assert.Equal("user.last_administrator", role.Json.GetProperty("code").GetString());
        await fresh.Http.Post("/api/users/1/deactivate").As(fresh.AdminKey).Expect(409);
        await fresh.Http.Delete("/api/users/1").As(fresh.AdminKey).Expect(409);
    }

    [Fact]
    public async Task An_erased_user_leaves_nothing_that_can_be_read()
    {
        var login = Accounts.UniqueLogin("dan");
        var made = await api.Http.Post("/api/users", new { login, mail = $"{login}@example.org", password = "correct horse battery" }).As(api.AdminKey).Expect(201);
        var id = made.Json.GetProperty("id").GetInt32();

        await api.Http.Delete($"/api/users/{id}").As(api.AdminKey).Expect(204);
        await api.Http.Delete($"/api/users/{id}").As(api.AdminKey).Expect(204);

        var read = await api.Http.Get($"/api/users/{id}").As(api.AdminKey).Expect(200);
        Assert.DoesNotContain(login, read.Text, StringComparison.OrdinalIgnoreCase);
        Assert.False(read.Json.GetProperty("active").GetBoolean());
        await api.Http.Post("/api/tokens", new { login, password = "correct horse battery" }).Expect(401);
        await using var keys = api.Database.DataSource.CreateCommand($"select count(*) from es.subject_keys where subject = 'user-{id}'");
        Assert.Equal(0L, await keys.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("""{"mail":"a@b.c"}""", "login")]
    [InlineData("""{"login":null}""", "login")]
    [InlineData("""{"login":7}""", "login")]
    [InlineData("""{"login":"a b"}""", "login")]
    [InlineData("""{"login":"eve","mail":"nobody"}""", "mail")]
    [InlineData("""{"login":"eve","password":"short"}""", "password")]
    [InlineData("""{"login":"eve","roles":[1]}""", "roles[0]")]
    [InlineData("""{"login":"eve","roles":"builder"}""", "roles")]
    public async Task What_does_not_fit_is_named(string body, string field)
    {
        var answer = await api.Http.Post("/api/users", body).As(api.AdminKey).Expect(400);
        Assert.Equal(field, answer.Json.GetProperty("errors")[0].GetProperty("field").GetString());
    }

    [Fact]
    public async Task Unknown_roles_users_and_scopes_are_refused()
    {
        await api.Http.Put("/api/users/1/roles/emperor").As(api.AdminKey).Expect(400);
        await api.Http.Put("/api/users/77777/roles/builder").As(api.AdminKey).Expect(404);
        await api.Http.Get("/api/users/77777").As(api.AdminKey).Expect(404);
        await api.Http.Post("/api/keys", new { label = "x", scopes = new[] { "everything" } }).As(api.AdminKey).Expect(400);
        await api.Http.Post("/api/keys", new { label = "x", principal = "user-77777" }).As(api.AdminKey).Expect(404);
        await api.Http.Delete($"/api/keys/{Guid.CreateVersion7()}").As(api.AdminKey).Expect(404);
        await api.Http.Delete("/api/nodes/77777").As(api.AdminKey).Expect(404);
    }
}
