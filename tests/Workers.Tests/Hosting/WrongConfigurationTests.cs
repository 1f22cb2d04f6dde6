using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EventSourced.Workers.Tests.Hosting;

/// <summary>Whatever is wrong in the settings, the start ends with one line that says what.</summary>
public sealed class WrongConfigurationTests : IDisposable
{
    private const int WrongConfiguration = 78;
    private const int Unavailable = 69;

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Workers", "Roles", "builder", "\"builder\" is none of projections, effects, node")]
    [InlineData("Workers", "Shutdown__Timeout", "soon", "Shutdown:Timeout")]
    [InlineData("Workers", "Shutdown__Timeout", "1.00:00:00", "Timeout must be between")]
    [InlineData("Workers", "Node__Capacity", "0", "Capacity must be between 1 and 64")]
    [InlineData("Workers", "Data__Path", "", "The Path field is required")]
    [InlineData("Workers", "OTEL_EXPORTER_OTLP_ENDPOINT", "collector", "must be an http or https address")]
    [InlineData("Api", "ConnectionStrings__EventSourced", "Server at home", "ConnectionStrings:EventSourced is not a PostgreSQL connection string")]
    [InlineData("Api", "ConnectionStrings__EventSourced", "Database=x", "names no Host")]
    [InlineData("Api", "Packages__Nodes__Silence", "00:00:00", "Silence must be between")]
    [InlineData("Api", "Access__FailedCredentials", "0", "FailedCredentials must be between")]
    [InlineData("Api", "EVENTSOURCED_MASTER_KEY", "short", "EVENTSOURCED_MASTER_KEY")]
    [InlineData("Api", "EVENTSOURCED_ADMIN_KEY", "short", "EVENTSOURCED_ADMIN_KEY")]
    [InlineData("Api", "Data__Path", "/proc/nowhere", "cannot be created")]
    [InlineData("Api", "Data__Path", "/etc/hostname", "cannot be created")]
    [InlineData("Workers", "Urls", "http://127.0.0.1:http", "Urls")]
    [InlineData("Workers", "Urls", "http://127.0.0.1:99999", "Urls")]
    [InlineData("Workers", "Urls", "nonsense", "Urls")]
    [InlineData("Workers", "Urls", "https://127.0.0.1:0", "certificate")]
    [InlineData("Workers", "Git__FetchTime", "never", "Git:FetchTime")]
    [InlineData("Api", "Limits__BodyBytes", "many", "Limits:BodyBytes")]
    [InlineData("Workers", "Node__MasterUrl", "nowhere", "The MasterUrl field must be an address like")]
    [InlineData("Workers", "Node__MasterUrl", "ftp://127.0.0.1/", "The MasterUrl field must be an address like")]
    [InlineData("Workers", "SignNode__Master", "foo", "The Master field must be an address like", "sign")]
    [InlineData("Workers", "SignNode__Master", "ftp://127.0.0.1/", "The Master field must be an address like", "sign")]
    [InlineData("Workers", "Node__MasterUrl", "foo", "The Master field must be an address like", "sign")]
    [InlineData("Workers", "Containers__Engine", "/var/run/docker.sock", "The Engine field must be an address like unix:///")]
    [InlineData("Api", "Packages__ContentUrl", "/pulp/content/", "The ContentUrl field must be an address like")]
    [InlineData("Api", "Beholder__Url", "beholder", "The Url field must be an address like")]
    [InlineData("Api", "Beholder__Url", "http://user:secret@127.0.0.1/", "Beholder:Url must have neither credentials nor parameters")]
    [InlineData("Api", "Beholder__Timeout", "00:10:00", "Timeout must be between")]
    [InlineData("Workers", "Node__ShutdownGrace", "00:00:25", "Node:ShutdownGrace and the 5 seconds to hand tasks back must be less than Shutdown:Timeout")]
    [InlineData("Workers", "Shutdown__Timeout", "00:00:20", "Node:ShutdownGrace and the 5 seconds to hand tasks back must be less than Shutdown:Timeout")]
    public async Task A_wrong_setting_is_named_in_one_line(string host, string setting, string value, string expected, string roles = "node")
    {
        // Most settings are looked at before the database is: this one answers nobody.
        var database = setting is "Data__Path" or "EVENTSOURCED_ADMIN_KEY" ? "" : "Host=127.0.0.1;Port=1;Username=nobody";
        var (exitCode, _, errors) = await RunAsync(
            host, new() { ["Data__Path"] = folder["d"], ["Roles"] = roles, ["ConnectionStrings__EventSourced"] = database, ["Urls"] = "http://127.0.0.1:0", [setting] = value });

        Assert.Equal(WrongConfiguration, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_data_folder_in_which_no_server_can_be_set_up_is_named_in_one_line()
    {
        Directory.CreateDirectory(folder["d"]);
        await File.WriteAllTextAsync(Path.Combine(folder["d"], "pg"), "in the way", Token);

        var (exitCode, _, errors) = await RunAsync("Workers", new() { ["Data__Path"] = folder["d"], ["Roles"] = "projections", ["Urls"] = "http://127.0.0.1:0" });

        Assert.Equal(WrongConfiguration, exitCode);
        Assert.Contains($"PostgreSQL in {folder["d"]}/pg cannot be set up: install", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_database_out_of_reach_is_named_in_one_line()
    {
        var port = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        var (exitCode, output, errors) = await RunAsync(
            "Workers", new() { ["ConnectionStrings__EventSourced"] = $"Host=127.0.0.1;Port={port};Username=nobody;Password=secret-of-test", ["Roles"] = "projections" });

        Assert.Equal(Unavailable, exitCode);
        Assert.Contains(port, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.DoesNotContain("secret-of-test", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_named_in_one_line()
    {
        var (exitCode, _, errors) = await RunAsync("Workers", new() { ["Urls"] = "http://192.0.2.1:8080", ["Roles"] = "node", ["Data__Path"] = folder["d"] });

        Assert.Equal(Unavailable, exitCode);
        Assert.StartsWith("Cannot listen: ", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task An_address_in_use_is_named_in_one_line()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"http://{other.LocalEndpoint}";
        var (exitCode, _, errors) = await RunAsync("Workers", new() { ["Urls"] = address, ["Roles"] = "node", ["Data__Path"] = folder["d"] });

        Assert.Equal(Unavailable, exitCode);
        Assert.Contains(address, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    public void Dispose() => folder.Dispose();

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string host, Dictionary<string, string> settings)
    {
        await using var process = await HostProcess.StartAsync(host, settings, Token);
        return await process.EndAsync(Token).WaitAsync(TimeSpan.FromMinutes(1), Token);
    }
}
