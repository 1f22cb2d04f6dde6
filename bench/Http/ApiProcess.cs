using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using EventSourced.Support;

namespace EventSourced.Bench.Http;

/// <summary>The built API as a process of its own, and clients of it.</summary>
internal sealed class ApiProcess : IAsyncDisposable
{
    private readonly HostProcess process;
    private readonly string data;

    private ApiProcess(HostProcess process, string data, Uri address)
    {
        this.process = process;
        this.data = data;
        Address = address;
        Admin = Client(File.ReadAllText(Path.Combine(data, "admin.key")).Trim());
    }

    public Uri Address { get; }

    public HttpClient Admin { get; }

    /// <summary>Folder of the artifact store.</summary>
    public string ArtifactsPath => Path.Combine(data, "artifacts");

    /// <summary>What the process has used of the processors so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            using var host = Process.GetProcessById(process.ProcessId);
            return host.TotalProcessorTime;
        }
    }

    public static async Task<ApiProcess> StartAsync(string connectionString, CancellationToken cancellation)
    {
        var data = Directory.CreateTempSubdirectory("eventsourced-bench-").FullName;
        var process = await HostProcess.StartAsync("Api", new Dictionary<string, string>
        {
            ["ConnectionStrings__EventSourced"] = connectionString,
            ["Data__Path"] = data,
            ["Urls"] = "http://127.0.0.1:0",
        }, cancellation);
        return new ApiProcess(process, data, await process.AddressAsync(cancellation));
    }

    /// <summary>The workers beside it, over the same database and data folder; the caller disposes them before the API.</summary>
    public async Task<HostProcess> StartWorkersAsync(string connectionString, CancellationToken cancellation)
    {
        var workers = await HostProcess.StartAsync("Workers", new Dictionary<string, string>
        {
            ["ConnectionStrings__EventSourced"] = connectionString,
            ["Data__Path"] = data,
            ["Urls"] = "http://127.0.0.1:0",
            ["Roles"] = "projections,effects",
        }, cancellation);
        await workers.AddressAsync(cancellation);
        return workers;
    }

    /// <summary>A client with a credential and connections of its own.</summary>
    public HttpClient Client(string credential) => new(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
    {
        BaseAddress = Address,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", credential) },
    };

    /// <summary>A newly registered node's principal key, and a client of it.</summary>
    public async Task<(string Key, HttpClient Client)> NodeAsync(string name, CancellationToken cancellation)
    {
        var node = await PostAsync(Admin, "/api/nodes", new { name }, cancellation);
        return (node.GetProperty("key").GetString()!, Client(node.GetProperty("token").GetString()!)); // always there
    }

    /// <summary>Clients of newly registered nodes.</summary>
    public async Task<IReadOnlyList<HttpClient>> NodesAsync(int count, CancellationToken cancellation)
    {
        var nodes = new List<HttpClient>();
        for (var n = 0; n < count; n++)
            nodes.Add((await NodeAsync($"bench-{n}", cancellation)).Client);

        return nodes;
    }

    /// <returns>The platform's id.</returns>
    public async Task<int> CreatePlatformAsync(string name, string arch, CancellationToken cancellation) => (await PostAsync(
        Admin, "/api/v1/platforms/",
        new { name, type = "deb", distr_type = "debian", distr_version = "12", test_dist_name = "debian", arch_list = new[] { arch }, data = new { timeout = 600 } },
        cancellation)).GetProperty("id").GetInt32();

    public static async Task<JsonElement> PostAsync(HttpClient client, string path, object body, CancellationToken cancellation)
    {
        using var response = await client.PostAsJsonAsync(path, body, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellation)}");

        return await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await process.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }
}
