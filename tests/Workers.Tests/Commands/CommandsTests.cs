using EventSourced.Workers.Tests.Hosting;

namespace EventSourced.Workers.Tests.Commands;

/// <summary>The commands as typed at the terminal, on a database that a real first start has filled.</summary>
public sealed class CommandsTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string Users = "EventSourced.Projections.Accounts.UserTable";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await using var api = await HostProcess.StartAsync("Api", Settings, Token);
        await api.AddressAsync(Token);
        await api.StopAsync(Token);
    }

    [Fact]
    public async Task Verify_names_the_row_that_somebody_changed_and_rebuild_puts_it_right()
    {
        Assert.Equal(0, (await RunAsync("verify")).ExitCode);

        await using (var change = database.DataSource.CreateCommand("update es.users set active = not active where id = 1"))
            Assert.Equal(1, await change.ExecuteNonQueryAsync(Token));
        var (exitCode, output, _) = await RunAsync("verify");
        Assert.Equal(1, exitCode);
        Assert.Contains("es.users: 1 rows, 1 expected. The first that differs is", output, StringComparison.Ordinal);
        Assert.Contains("read models differ from the event log", output, StringComparison.Ordinal);

        Assert.Equal(0, (await RunAsync("rebuild", Users)).ExitCode);
        Assert.Equal(0, (await RunAsync("verify", Users)).ExitCode);
    }

    [Theory]
    [InlineData("verify", "Nobody")]
    [InlineData("rebuild", "Nobody")]
    [InlineData("resume", "Nobody", "x")]
    [InlineData("resume", Users, "user-9")]
    public async Task An_unknown_name_is_one_line_and_wrong_usage(params string[] command)
    {
        var (exitCode, _, errors) = await RunAsync(command);
        Assert.Equal(2, exitCode);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Contains(command[^1] is "x" ? "Nobody" : command[^1], errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Platforms_are_made_once_and_a_file_that_does_not_fit_is_one_line()
    {
        const string Demo = """
            - name: Demo-12
              type: deb
              distr_type: demo
              distr_version: 12
              arch_list: [amd64]
              repositories:
                - {name: demo-12-devel, arch: amd64, type: deb, production: true}
                - {name: base, arch: amd64, type: deb, remote_url: "https://m.example.org/"}
                - {name: demo-12-devel, arch: amd64, type: deb, debug: true, production: true}
            """;
        var file = folder["platforms.yaml"];
        await File.WriteAllTextAsync(file, Demo, Token);

        Assert.Equal("Demo-12 is not there and was left out.", (await RunAsync("platforms", file, "--only-update")).Output);
        Assert.Equal((0, "Demo-12: made, 3 repositories.", ""), await RunAsync("platforms", file));
        Assert.Equal((0, "Demo-12: nothing changed, 3 repositories.", ""), await RunAsync("platforms", file));
        await File.WriteAllTextAsync(file, Demo.Replace("distr_type: demo", "distr_type: other", StringComparison.Ordinal), Token);
        Assert.Equal((0, "Demo-12: changed, 3 repositories.", ""), await RunAsync("platforms", file, "--only-update"));

        await File.WriteAllTextAsync(file, Demo.Replace("type: deb\n", "type: exe\n", StringComparison.Ordinal), Token);
        var (exitCode, _, errors) = await RunAsync("platforms", file);
        Assert.Equal(78, exitCode);
        Assert.Equal($"Configuration: {file}: [0].type: is not one of rpm, deb.", Assert.Single(errors.TrimEnd().Split('\n')));

        await using var served = database.DataSource.CreateCommand(
            "select string_agg(data -> 'Settings' ->> 'Url', ' ' order by data ->> 'Debug') from mt_doc_repositorydetails where data ->> 'Name' = 'demo-12-devel'");
        Assert.Equal("/pulp/content/prod/demo-12-devel-amd64/ /pulp/content/prod/demo-12-devel-amd64-debug/", await served.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task A_platform_that_a_rule_refuses_is_one_line_after_those_that_were_made()
    {
        var file = folder["platforms.yaml"];
        await File.WriteAllTextAsync(file, """
            - {name: Good-1, type: deb, distr_type: demo, distr_version: 1, arch_list: [amd64]}
            - {name: Bad-1, type: deb, distr_type: demo, distr_version: 1, arch_list: [x86_64]}
            """, Token);

        var refused = await RunAsync("platforms", file);

        Assert.Equal((1, "Good-1: made, 0 repositories.\n'x86_64' is not how Debian names an arch.", ""), refused);
    }

    [Fact]
    public async Task A_repository_that_is_not_there_does_not_go_back()
    {
        var (exitCode, output, _) = await RunAsync("rollback", "2000000000", "1");

        Assert.Equal(1, exitCode);
        Assert.Contains("There is no repository-2000000000.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_finds_nothing_wrong_with_a_fresh_installation()
    {
        var (exitCode, output, errors) = await RunAsync("doctor");

        // The test cluster may run without fsync; that is the one thing doctor may find.
        await using var ask = database.DataSource.CreateCommand("select current_setting('fsync') = 'on'");
        var durable = (bool)(await ask.ExecuteScalarAsync(Token))!;
        Assert.True(exitCode == (durable ? 0 : 1), output + errors);
        Assert.Contains(durable ? "Nothing is wrong." : "WRONG", output, StringComparison.Ordinal);
        Assert.Contains("PostgreSQL", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_says_that_a_container_engine_does_not_answer()
    {
        var settings = new Dictionary<string, string>(Settings) { ["Containers__Engine"] = "unix:///nowhere/engine.sock" };
        await using var process = await HostProcess.StartAsync("Workers", settings, Token, "doctor");
        var (exitCode, output, _) = await process.EndAsync(Token).WaitAsync(TimeSpan.FromMinutes(1), Token);

        Assert.Equal(1, exitCode);
        Assert.Matches("WRONG +container engine", output);
    }

    [Fact]
    public async Task Help_lists_the_commands_and_an_unknown_command_fails()
    {
        var (exitCode, output, _) = await RunAsync("--help");
        Assert.Equal(0, exitCode);
        foreach (var command in (string[])["verify", "rebuild", "resume", "rollback", "platforms", "doctor", "demo"])
            Assert.Contains($"  {command}", output, StringComparison.Ordinal);

        Assert.Equal(2, (await RunAsync("undo")).ExitCode);
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private Dictionary<string, string> Settings => new()
    {
        ["ConnectionStrings__EventSourced"] = database.ConnectionString,
        ["Data__Path"] = folder["d"],
        ["Urls"] = "http://127.0.0.1:0",
        ["EVENTSOURCED_MASTER_KEY"] = Convert.ToBase64String(new byte[32]),
    };

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] command)
    {
        await using var process = await HostProcess.StartAsync("Workers", Settings, Token, command);
        return await process.EndAsync(Token).WaitAsync(TimeSpan.FromMinutes(1), Token);
    }
}
