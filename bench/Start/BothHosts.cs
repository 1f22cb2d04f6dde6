using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using EventSourced.Support;

namespace EventSourced.Bench.Start;

/// <summary>Both hosts as processes over the embedded PostgreSQL of a data folder, as <c>run.sh</c> starts them.</summary>
internal sealed class BothHosts : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly HostProcess api;
    private readonly HostProcess workers;
    private readonly string data;

    private BothHosts(HostProcess api, HostProcess workers, string data, Uri address) => (this.api, this.workers, this.data, Address) = (api, workers, data, address);

    public Uri Address { get; }

    /// <summary>Of the hosts' database.</summary>
    public string ConnectionString => JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "pg.json"))).RootElement.GetProperty("connectionString").GetString()!; // always there

    /// <returns>The hosts, both ready, and how long that took.</returns>
    public static async Task<(BothHosts Hosts, TimeSpan Took)> StartAsync(string data, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        var settings = new Dictionary<string, string> { ["Data__Path"] = data, ["Urls"] = "http://127.0.0.1:0", ["Roles"] = "projections,effects" };
        var hosts = await Task.WhenAll(HostProcess.StartAsync("Api", settings, cancellation), HostProcess.StartAsync("Workers", settings, cancellation));
        var addresses = await Task.WhenAll(hosts.Select(host => ReadyAsync(host, cancellation)));
        return (new BothHosts(hosts[0], hosts[1], data, addresses[0]), Stopwatch.GetElapsedTime(begun));
    }

    public HttpClient Client(string? key = null) => new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = Address,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key ?? File.ReadAllText(Path.Combine(data, "admin.key")).Trim()) },
    };

    /// <summary>The most either process had resident so far, in bytes: Api, Workers.</summary>
    public (long Api, long Workers) PeakBytes() => (PeakBytes(api), PeakBytes(workers));

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await workers.DisposeAsync();
    }

    private static long PeakBytes(HostProcess host) => 1024 * long.Parse(
        File.ReadLines($"/proc/{host.ProcessId}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    private static async Task<Uri> ReadyAsync(HostProcess host, CancellationToken cancellation)
    {
        var address = await host.AddressAsync(cancellation);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        while (true)
        {
            using var answer = await client.GetAsync(new Uri(address, "/health/ready"), cancellation);
            if (answer.IsSuccessStatusCode)
                return address;

            await Task.Delay(Pause, cancellation);
        }
    }
}
