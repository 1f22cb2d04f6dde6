using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using EventSourced.Workers.Tests.Adapters;

namespace EventSourced.Workers.Tests.Hosting;

/// <summary>The hosts as real processes, asked to stop while they are busy.</summary>
public sealed class ShutdownTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    // A platform's arch that no other node of this machine asks for.
    private const string Arch = "shutdown";

    private const string AdminKey = "administrator-of-the-shutdown-tests";

    // Far below the hosts' limit of 30 seconds, which is what a request that nobody ends would take.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    private readonly TemporaryFolder folder = new();
    private HostProcess api = null!;
    private HttpClient http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        api = await StartAsync("Api", []);
        http = new HttpClient { BaseAddress = await api.AddressAsync(Token) };
        Authorize(AdminKey);
    }

    [Fact]
    public async Task A_node_that_is_stopped_while_it_builds_hands_its_task_back_at_once()
    {
        await using var repository = await GitRepository.StartAsync();
        await repository.CommitAsync(
            ("debian/control", "Source: slow\nMaintainer: Ann <ann@example.org>\n\nPackage: slow\nArchitecture: all\nDescription: slow\n"),
            ("debian/changelog", "slow (1.0) stable; urgency=low\n\n  * New.\n\n -- Ann <ann@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n"),
            ("debian/rules", "#!/usr/bin/make -f\nclean:\nbinary build:\n\techo build is running; sleep 4731\n"));
        await using var workers = await StartAsync("Workers", new()
        {
            ["Roles"] = "node", ["Node__MasterUrl"] = http.BaseAddress!.ToString(), ["Node__Arches__0"] = Arch, ["Node__ShutdownGrace"] = "00:00:01",
            ["Git__PrivateHosts__0"] = "127.0.0.1",
        });
        var task = await SubmitAsync(repository.Url);
        await ReadUntilAsync($"/api/build-tasks/{task}/log", "build is running");

        Assert.Equal(0, await workers.StopAsync(Token).WaitAsync(Soon, Token));

        var events = await http.GetFromJsonAsync<JsonElement>($"/api/streams/events?key=build_task-{task}", Token);
        var last = events.GetProperty("items").EnumerateArray().Last();
        Assert.Equal("build_task_requeued", last.GetProperty("type").GetString());
        Assert.Equal("The node handed it back.", last.GetProperty("data").GetProperty("Reason").GetString());
        Assert.Equal(0, SandboxRun.Processes("sleep\04731"));
    }

    [Fact]
    public async Task Waiting_nodes_and_followers_do_not_hold_the_stop_up()
    {
        var task = await SubmitAsync("https://git.example.org/a.git");
        var build = (await http.GetFromJsonAsync<JsonElement>($"/api/build-tasks/{task}", Token)).GetProperty("buildId").GetInt32();
        string[] followed = [$"/api/builds/{build}/events", $"/api/build-tasks/{task}/log", "/api/events?after=0"];
        var followers = await Task.WhenAll(followed.Select(OpenAsync));
        var rests = followers.Select(follower => follower.ReadToEndAsync(Token)).ToList();
        Authorize(await File.ReadAllTextAsync(folder["node-build.token"], Token));
        var poll = http.PostAsJsonAsync("/api/v1/build_node/get_task?wait=60", new { supported_arches = new[] { "none" } }, Token);
        await MetricAsync("http_server_active_requests", 5); // asking is one itself

        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await api.StopAsync(Token));

        Assert.True(watch.Elapsed < Soon, $"It took {watch.Elapsed}.");
        using var answer = await poll;
        Assert.Equal("null", await answer.Content.ReadAsStringAsync(Token));
        foreach (var rest in rests)
            Assert.DoesNotContain("event: end\n", await rest, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        http.Dispose();
        folder.Dispose();
    }

    private Task<HostProcess> StartAsync(string host, Dictionary<string, string> settings)
    {
        settings["ConnectionStrings__EventSourced"] = database.ConnectionString;
        settings["Data__Path"] = folder.Path;
        settings["EVENTSOURCED_ADMIN_KEY"] = AdminKey;
        settings["EVENTSOURCED_MASTER_KEY"] = Convert.ToBase64String(new byte[32]);
        settings["Urls"] = "http://127.0.0.1:0";
        return HostProcess.StartAsync(host, settings, Token);
    }

    private void Authorize(string key) => http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Simple", key.Trim());

    /// <returns>The number of its one task.</returns>
    private async Task<int> SubmitAsync(string url)
    {
        var platform = $"shutdown-{Guid.CreateVersion7():N}";
        await PostAsync("/api/v1/platforms/", new
        {
            name = platform, type = "deb", distr_type = "debian", distr_version = "12", test_dist_name = "debian", arch_list = new[] { Arch }, repos = Array.Empty<object>(),
            data = new { },
        });
        var build = await PostAsync("/api/v1/builds/", new { platforms = new[] { new { name = platform, arch_list = new[] { Arch } } }, tasks = new[] { new { url, git_ref = "main" } } });
        return build.GetProperty("tasks")[0].GetProperty("id").GetInt32();
    }

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>A stream of server-sent events, whose first line has come.</summary>
    private async Task<StreamReader> OpenAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Accept = { new("text/event-stream") } } };
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        response.EnsureSuccessStatusCode();
        var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        Assert.NotNull(await reader.ReadLineAsync(Token));
        return reader;
    }

    private async Task ReadUntilAsync(string path, string text)
    {
        using var reader = await OpenAsync(path);
        while (await reader.ReadLineAsync(Token) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
                return;
        }

        Assert.Fail($"{path} ended without \"{text}\".");
    }

    /// <summary>Asks until the metric, summed over its labels, has this value.</summary>
    private async Task MetricAsync(string name, double wanted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        double found;
        do
        {
            var text = await http.GetStringAsync("/metrics", limit.Token);
            found = text.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal))
                .Sum(line => double.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));
        }
        while (found < wanted);
    }
}
