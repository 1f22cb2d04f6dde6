using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using EventSourced.Domain.Packages;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults;
using EventSourced.Workers.Hosting;
using EventSourced.Workers.Packages;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>The API and the workers as processes over one database, for programs that speak HTTP; and a bus of the test's own beside them.</summary>
public sealed class RealHosts : TestDatabase
{
    private readonly TemporaryFolder folder = new();
    private HostProcess? api;
    private HostProcess? workers;
    private WebApplication? beside;

    public Uri Address { get; private set; } = null!;

    public HttpClient Admin { get; private set; } = null!;

    public HttpClient Node { get; private set; } = null!;

    public IServiceProvider Services => beside!.Services;

    /// <summary>How long a registered node may stay silent.</summary>
    public TimeSpan NodeSilence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What the node has at work.</summary>
    public string NodeFolder => folder["node"];

    private Dictionary<string, string> Settings => new()
    {
        ["ConnectionStrings__EventSourced"] = ConnectionString, ["Data__Path"] = folder.Path, ["Urls"] = "http://127.0.0.1:0", ["Roles"] = "projections,effects",
        ["Packages__Nodes__RegisteredSilence"] = NodeSilence.ToString("c"),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        api = await HostProcess.StartAsync("Api", Settings, Token);
        Address = await api.AddressAsync(Token);
        workers = await HostProcess.StartAsync("Workers", Settings, Token);
        await workers.AddressAsync(Token);
        (Admin, Node) = (ClientOf("admin.key"), ClientOf("node-build.token"));

        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:EventSourced", ConnectionString), new("Data:Path", folder.Path)]);
        builder.AddServiceDefaults("workers", "http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddDatabase().AddBus(builder.Configuration, drainQueue: false).AddPackagesWorkers();
        beside = builder.Build();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var disposable in new IAsyncDisposable?[] { beside, workers, api })
            await (disposable?.DisposeAsync() ?? default);

        Admin?.Dispose();
        Node?.Dispose();
        await base.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>A build node of its own process, with its default settings but for sources on this machine; the caller disposes it.</summary>
    public Task<HostProcess> StartNodeAsync(string arch) => HostProcess.StartAsync(
        "Workers",
        new Dictionary<string, string>(Settings)
        {
            ["Roles"] = "node", ["Node__MasterUrl"] = Address.AbsoluteUri, ["Node__Arches__0"] = arch, ["Git__PrivateHosts__0"] = "127.0.0.1",
        },
        Token);

    /// <summary>A build of one task.</summary>
    public async Task<(int Build, int Task)> RequestAsync(string arch, string type = "deb", string url = "https://git.example.org/a.git")
    {
        var name = $"p-{Guid.CreateVersion7():N}";
        await PostAsync(Admin, "/api/v1/platforms/", new
        {
            name, type, distr_type = "debian", distr_version = "12", test_dist_name = "debian", arch_list = new[] { arch }, repos = Array.Empty<object>(),
            data = new { definitions = new { vendor = "Demo" } },
        });
        var build = await PostAsync(Admin, "/api/v1/builds/", new
        {
            platforms = new[] { new { name, arch_list = new[] { arch } } }, tasks = new[] { new { url, git_ref = "main" } },
        });
        return (build.GetProperty("id").GetInt32(), build.GetProperty("tasks")[0].GetProperty("id").GetInt32());
    }

    public static async Task<JsonElement> PostAsync(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsJsonAsync(path, body, Token);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Token)}");
        return await response.Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    public async Task InvokeAsync(object command)
    {
        await using var scope = Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(command, Token);
    }

    /// <summary>A command of the workers' program, as somebody types it.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        await using var program = await HostProcess.StartAsync("Workers", Settings, Token, arguments);
        var (exitCode, output, errors) = await program.EndAsync(Token);
        return (exitCode, output + errors);
    }

    /// <summary>Returns once clients see the wanted content.</summary>
    public async Task<RepositoryDetails> PublishedAsync(RepositoryId id)
    {
        var store = Services.GetRequiredService<IDocumentStore>();
        while (true)
        {
            var appended = store.WakeUps.WaitAsync(IWakeUps.EventsAppended, TimeSpan.FromSeconds(1), Token);
            await using var session = store.QuerySession();
            if (await session.LoadAsync<RepositoryDetails>(id.StreamKey, Token) is { } repository && repository.Published == repository.Revision)
                return repository;

            await appended;
        }
    }

    /// <summary>The most each process had resident so far, in bytes.</summary>
    public (long Api, long Workers) PeakBytes() => (PeakBytes(api!), PeakBytes(workers!));

    private static long PeakBytes(HostProcess host) => 1024 * long.Parse(
        File.ReadLines($"/proc/{host.ProcessId}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    private HttpClient ClientOf(string keyFile) => new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = Address,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", File.ReadLines(Path.Combine(folder.Path, keyFile)).First().Trim()) },
    };
}
