using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Accounts;

public sealed class FirstStartTests(ApiHost api) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task The_key_in_the_data_folder_is_the_first_administrators()
    {
        var me = await api.Http.Get("/api/me").As(api.AdminKey).Expect(200);

        Assert.Equal("user-1", me.Json.GetProperty("key").GetString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(api.DataFolder, "admin.key")));
    }

    [Fact]
    public async Task The_local_build_node_gets_a_token_that_only_takes_tasks()
    {
        var me = await api.Http.Get("/api/me").As(api.NodeToken).Expect(200);

        Assert.Equal("node-1", me.Json.GetProperty("key").GetString());
        Assert.Equal(["node"], me.Json.GetProperty("roles").EnumerateArray().Select(r => r.GetString()));
        await api.Http.Get("/api/users").As(api.NodeToken).Expect(403);
    }

    [Fact]
    public async Task The_local_sign_node_gets_a_token_that_only_signs()
    {
        await api.Http.Post("/api/v1/sign-tasks/get_sign_task/", new { key_ids = Array.Empty<string>() }).As(api.SignToken).Expect(200);
        await api.Http.Post("/pulp/api/v3/uploads/", new { size = 1 }).As(api.SignToken).Expect(201);

        await api.Http.Post("/api/v1/build_node/get_task", new { supported_arches = new[] { "x" } }).As(api.SignToken).Expect(403);
        await api.Http.Post("/api/v1/sign-tasks/get_sign_task/", new { key_ids = Array.Empty<string>() }).As(api.NodeToken).Expect(403);
        await api.Http.Post("/api/v1/sign-keys/new/", new { }).As(api.NodeToken).Expect(403);
        var token = (await api.Http.Post("/api/nodes", new { name = "another", kind = "sign" }).As(api.AdminKey).Expect(201)).Json.GetProperty("token").GetString()!;
        await api.Http.Post("/api/v1/sign-tasks/get_sign_task/", new { key_ids = Array.Empty<string>() }).As(token).Expect(200);
    }
}

public sealed class FirstStartRaceTests
{
    [Fact]
    public async Task Hosts_that_start_together_make_one_administrator_and_one_node_of_each_kind()
    {
        await using var first = new ApiHost();
        await first.Database.InitializeAsync();
        ApiHost[] all = [first, first.Beside(), first.Beside()];

        await Task.WhenAll(all.Select(host => Task.Run(host.Start, TestContext.Current.CancellationToken)));

        foreach (var host in all)
            await host.Http.Get("/api/me").As(first.AdminKey).Expect(200);

        Assert.Equal(1L, await CountAsync(first, "es.users"));
        Assert.Equal(3L, await CountAsync(first, "es.api_keys"));
        await all[1].DisposeAsync();
        await all[2].DisposeAsync();
    }

    [Fact]
    public async Task A_key_found_in_its_file_is_used_and_survives_a_start_that_was_cut_off()
    {
        await using var host = new ApiHost();
        var key = "found-" + new string('k', 40);
        await File.WriteAllTextAsync(Path.Combine(host.DataFolder, "admin.key"), key + "\n", TestContext.Current.CancellationToken);

        await host.InitializeAsync();

        await host.Http.Get("/api/me").As(key).Expect(200);
    }

    [Fact]
    public async Task The_key_of_the_environment_is_the_first_administrators_and_is_written_nowhere()
    {
        await using var host = new ApiHost { Settings = { ["EVENTSOURCED_ADMIN_KEY"] = "given-" + new string('g', 40), ["FirstStart:LocalNodes"] = "" } };
        await host.InitializeAsync();

        await host.Http.Get("/api/me").As("given-" + new string('g', 40)).Expect(200);
        Assert.Equal(["master.key"], Directory.GetFiles(host.DataFolder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_node_that_was_registered_before_a_start_was_cut_off_gets_the_key()
    {
        await using var first = new ApiHost { Settings = { ["FirstStart:LocalNodes"] = "" } };
        await first.InitializeAsync();
        await using (var scope = first.Services.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(
                new RegisterNode(new NodeId(1000), $"build@{Environment.MachineName}", ["amd64"]), TestContext.Current.CancellationToken);

        await using var second = first.Beside();
        second.Start();

        Assert.Equal("node-1000", (await second.Http.Get("/api/me").As(second.NodeToken).Expect(200)).Json.GetProperty("key").GetString());
        Assert.Equal(
            [$"build@{Environment.MachineName}", $"sign@{Environment.MachineName}"],
            (await second.Http.Get("/api/nodes").As(first.AdminKey).Expect(200)).Json.EnumerateArray().Select(n => n.GetProperty("name").GetString()).Order());
    }

    [Fact]
    public async Task The_tokens_of_local_nodes_are_where_they_are_wanted()
    {
        using var folder = new TemporaryFolder();
        var tokens = Path.Combine(folder.Path, "tokens");
        await using var host = new ApiHost { Settings = { ["FirstStart:TokenPath"] = tokens } };
        await host.InitializeAsync();

        Assert.Equal(["node-build.token", "node-sign.token"], Directory.GetFiles(tokens).Select(Path.GetFileName).Order());
        Assert.False(File.Exists(Path.Combine(host.DataFolder, "node-build.token")));
        var token = await File.ReadAllTextAsync(Path.Combine(tokens, "node-build.token"), TestContext.Current.CancellationToken);
        await host.Http.Get("/api/me").As(token.Trim()).Expect(200);
    }

    [Fact]
    public async Task Each_local_node_may_have_a_folder_of_its_own()
    {
        using var folder = new TemporaryFolder();
        await using var host = new ApiHost { Settings = { ["FirstStart:TokenPath"] = Path.Combine(folder.Path, "{node}") } };
        await host.InitializeAsync();

        Assert.Equal(
            ["build/node-build.token", "sign/node-sign.token"],
            Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder.Path, path)).Order());
    }

    [Theory]
    [InlineData("short")]
    [InlineData("with spaces with spaces with spaces with spaces")]
    [InlineData("looks.like.a-token-looks.like.a-token-looks.like")]
    public async Task A_key_that_cannot_be_one_stops_the_start(string key)
    {
        await using var host = new ApiHost { Settings = { ["EVENTSOURCED_ADMIN_KEY"] = key } };

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await host.InitializeAsync());

        Assert.Contains("EVENTSOURCED_ADMIN_KEY must be", host.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(key, host.Log.Text, StringComparison.Ordinal);
    }

    private static async Task<long> CountAsync(ApiHost host, string table)
    {
        await using var command = host.Database.DataSource.CreateCommand($"select count(*) from {table}");
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}

/// <summary>The host as a process of its own, started as an operator starts it.</summary>
public sealed class FirstStartProcessTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_key_of_the_environment_counts_at_the_first_start_only_and_never_shows()
    {
        using var folder = new TemporaryFolder();
        var (given, later) = ("given-" + new string('g', 40), "later-" + new string('l', 40));

        var first = await StartedAsync(folder, given, accepted: given, refused: later);
        var second = await StartedAsync(folder, later, accepted: given, refused: later);

        Assert.DoesNotContain(given, first, StringComparison.Ordinal);
        Assert.DoesNotContain(later, second, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "admin.key")));
        foreach (var file in Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(given, await File.ReadAllTextAsync(file, Token), StringComparison.Ordinal);
    }

    /// <summary>All that the host printed, from its start to its end.</summary>
    private async Task<string> StartedAsync(TemporaryFolder folder, string key, string accepted, string refused)
    {
        await using var host = await HostProcess.StartAsync("Api", new Dictionary<string, string>
        {
            ["ConnectionStrings__EventSourced"] = database.ConnectionString, ["Data__Path"] = folder.Path, ["Urls"] = "http://127.0.0.1:0", ["EVENTSOURCED_ADMIN_KEY"] = key,
        }, Token);
        using var http = new HttpClient { BaseAddress = await host.AddressAsync(Token) };
        Assert.Equal("user-1", (await http.Get("/api/me").As(accepted).Expect(200)).Json.GetProperty("key").GetString());
        await http.Get("/api/me").As(refused).Expect(401);

        Assert.Equal(0, await host.StopAsync(Token));
        var (_, output, errors) = await host.EndAsync(Token);
        return output + errors;
    }
}
