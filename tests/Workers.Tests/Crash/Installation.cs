using System.Globalization;
using EventSourced.Workers.Tests.Hosting;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>Both hosts, workers twice, a sign node, a build node, and their embedded PostgreSQL, all of which may be killed at any time.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private const string SignToken = "sign", SignKey = "crash";

    private readonly HttpClient health = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly List<SupervisedHost> hosts = [];
    private readonly Lock gate = new();
    private Task ready = Task.CompletedTask;

    public static IReadOnlyList<string> Nodes { get; } = ["a", "b", "c", "d"];

    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort.Lasting().ToString(CultureInfo.InvariantCulture)}");

    public DataFolder Data { get; } = new();

    public string AdminKey => File.ReadAllText(Path.Combine(Data.Path, "admin.key")).Trim();

    public SupervisedHost Api => hosts[0];

    public IReadOnlyList<SupervisedHost> Workers => [hosts[1], hosts[2]];

    public SupervisedHost SignNode => hosts[3];

    public BuildingNode BuildNode { get; private set; } = null!;

    public int GivenUpStarts => hosts.Sum(host => host.GivenUpStarts);

    public IEnumerable<string> OwnEnds => hosts.SelectMany(host => host.OwnEnds);

    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Data__Path"] = Data.Path,
        ["Urls"] = Address.ToString(),
        ["Roles"] = "projections,effects",
        ["FirstStart__LocalNodes"] = string.Join(',', [.. Nodes, HandOut.SilentNode, HandOut.IdleNode, SignToken, BuildingNode.Name]),
        ["AutomaticSigning__Key"] = SignKey,
        ["Packages__Signing__PingingSilence"] = "00:00:10", // so short that an outage makes one that lives look dead
        ["Packages__Releases__Lease"] = "00:00:15", // so short that some do not make it in time, and have to be committed again
        ["Logging__LogLevel__Default"] = "Warning",
        ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
    };

    public async Task StartAsync(CancellationToken token)
    {
        var anywhere = new Dictionary<string, string>(Settings) { ["Urls"] = "http://127.0.0.1:0" };
        var signs = new Dictionary<string, string>(anywhere)
        {
            ["Roles"] = "sign", ["SignNode__Master"] = Address.ToString(), ["SignNode__KeyName"] = SignKey, ["SignNode__PollInterval"] = "00:00:00.5",
        };
        BuildNode = new BuildingNode(Address, anywhere);
        hosts.AddRange([new("Api", Settings), new("Workers", anywhere), new("Workers", anywhere), new("Workers", signs), BuildNode.Start()]);
        await ReadyAsync(token);
    }

    /// <summary>The files of the artifact store, named by their digests.</summary>
    public IEnumerable<string> Artifacts() => Directory.EnumerateFiles(Path.Combine(Data.Path, "artifacts", "sha256"), "*", SearchOption.AllDirectories);

    public string NodeToken(string name) => File.ReadAllText(Path.Combine(Data.Path, $"node-{name}.token")).Trim();

    /// <summary>Servers and connections, without which nothing goes on.</summary>
    public IReadOnlyList<Victim> Servers(Database database) =>
    [
        new("one of the Workers", Workers[0].Kill, Volley.Work),
        new("both Workers, releasing", () => Workers.Count(host => host.Kill()) == Workers.Count, Volley.After("release_commit_begun")),
        new("PostgreSQL's postmaster", () => KillServer(withBackends: false), Volley.Work),
        new("all of PostgreSQL", () => KillServer(withBackends: true), Volley.Registrations),
        new("everything", () => hosts.Count(host => host.Kill()) + (KillServer(withBackends: false) ? 1 : 0) > hosts.Count, Volley.Registrations),
        new("all connections", database.EndConnections, Volley.Registrations),
    ];

    public Victim TheApi => new("Api", Api.Kill, Volley.Registrations);

    /// <summary>Twice, for it signs texts in another way than rpms.</summary>
    public IReadOnlyList<NodeVictim> SignNodeTwice => [SignNodeAt("texts", "*.changes"), SignNodeAt("rpms", "*.rpm")];

    public static NodeVictim DeliveringNode(IReadOnlyList<MortalNode> nodes) => new("a build node", () => nodes.Any(node => node.IsAtWork), () => nodes.Any(node => node.Kill()));

    /// <summary>Returns once the API is ready to take work. Hundreds may wait; one asks for all of them.</summary>
    public Task ReadyAsync(CancellationToken token)
    {
        lock (gate)
        {
            if (ready.IsCompleted)
                ready = BecomesReadyAsync(CancellationToken.None); // bounded, and not one waiter's alone

            return ready.WaitAsync(token);
        }
    }

    /// <summary>What is still in the folders that are for work in progress.</summary>
    public IEnumerable<string> LeftBehind() =>
        new[] { "publish", "verify", "sign-node", "node" }.SelectMany(name => Directory.EnumerateFileSystemEntries(Path.Combine(Data.Path, name)));

    /// <summary>The last host to leave stops the server.</summary>
    public async Task StopAsync() => await Task.WhenAll(hosts.Select(host => host.StopAsync()));

    public async ValueTask DisposeAsync()
    {
        await KeptLogs.WriteServerAsync(Data.Path);
        await StopAsync();
        health.Dispose();
        await Data.DisposeAsync();
    }

    private NodeVictim SignNodeAt(string what, string files)
    {
        return new($"the sign node, at {what}", IsAtWork, () => IsAtWork() && SignNode.Kill());

        bool IsAtWork() => SignNode.HasWork(Path.Combine(Data.Path, "sign-node"), files);
    }

    private async Task BecomesReadyAsync(CancellationToken token)
    {
        try
        {
            await Until.TrueAsync("the API is ready", async () => await StateAsync(token) is "ready", Until.Stalled, token);
        }
        catch (Xunit.Sdk.XunitException e)
        {
            throw new InvalidOperationException($"{e.Message} {await StateAsync(token)}\n{Api.Tail}\n{await KeptLogs.ServerTailAsync(Data.Path)}", e);
        }
    }

    private async Task<string> StateAsync(CancellationToken token)
    {
        try
        {
            using var response = await health.GetAsync(new Uri(Address, "/health/ready"), token);
            return response.IsSuccessStatusCode ? "ready" : await response.Content.ReadAsStringAsync(token);
        }
        catch (Exception e) when (Outage.Is(e, token))
        {
            return e.Message;
        }
    }

    private bool KillServer(bool withBackends)
    {
        try
        {
            var postmaster = Data.PostmasterId;
            HostProcess.Kill(postmaster);
            if (withBackends)
                ServerProcesses().ToList().ForEach(Kill);
            return true;
        }
        catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException or FormatException)
        {
            return false; // it is down already, or just coming
        }
    }

    private static void Kill(int process)
    {
        try
        {
            HostProcess.Kill(process);
        }
        catch (ArgumentException)
        {
            // It has seen that its postmaster is gone.
        }
    }

    /// <summary>Every process of a server works in its data folder.</summary>
    private IEnumerable<int> ServerProcesses() =>
        from folder in Directory.EnumerateDirectories("/proc")
        where int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _) && WorkingFolderOf(folder) == Path.GetDirectoryName(Data.PidFile)
        select int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);

    private static string? WorkingFolderOf(string process)
    {
        try
        {
            return File.ResolveLinkTarget(Path.Combine(process, "cwd"), returnFinalTarget: false)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // ended meanwhile, or somebody else's
        }
    }
}
