using System.Diagnostics;
using System.Runtime.CompilerServices;
using EventSourced.Bench.Http;
using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventSourced.Bench.Packages;

/// <summary>
/// From the command that adds 5,000 packages to a repository, and then one more, to the version that clients see; each beside a bare apt-ftparchive over the same files.
/// </summary>
internal static class PublishBench
{
    private const int Packages = 5_001; // the last one comes alone

    private static readonly RepositoryId Repository = new(1_000_000);

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var database = await server.CreateDatabaseAsync(cancellation);
        await using var api = await ApiProcess.StartAsync(database, cancellation);
        await using var workers = await api.StartWorkersAsync(database, cancellation);
        var folder = Directory.CreateTempSubdirectory("eventsourced-bench-").FullName;
        try
        {
            var packages = await PutAsync(new FileArtifactStore(api.ArtifactsPath, TimeProvider.System), folder, cancellation);
            var before = await BareAsync(folder, cancellation);
            var ours = await PublishAsync(database, packages, cancellation);
            var after = await BareAsync(folder, cancellation);
            yield return new Row("publish-5000", ours.All, (before + after) / 2, "s", "apt-ftparchive packages, xz and release over the same files");
            yield return new Row("publish-1-more", ours.OneMore, (before + after) / 2, "s", "apt-ftparchive packages, xz and release over all 5,000 files");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<IReadOnlyList<RepositoryPackage>> PutAsync(FileArtifactStore store, string folder, CancellationToken cancellation)
    {
        var packages = new List<RepositoryPackage>();
        for (var n = 0; n < Packages; n++)
        {
            var (file, bytes) = ($"bench-{n}_1.0_all.deb", DebFile.Create($"bench-{n}", "1.0"));
            var stored = await store.PutAsync(new MemoryStream(bytes), cancellation);
            var package = new RepositoryPackage(RepositoryPackage.PathOf(file), file, ArtifactHrefs.Of(stored.Sha256), stored.Sha256, stored.SizeBytes);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, package.Path))!); // below folder
            await File.WriteAllBytesAsync(Path.Combine(folder, package.Path), bytes, cancellation);
            packages.Add(package);
        }

        return packages;
    }

    private static async Task<(double All, double OneMore)> PublishAsync(string database, IReadOnlyList<RepositoryPackage> packages, CancellationToken cancellation)
    {
        using var host = await StartBusAsync(database, cancellation);
        await InvokeAsync(host, new CreateRepository(new(Repository, new("bench", "amd64", "deb", Debug: false), new() { Url = "/pulp/content/builds/bench/" })), cancellation);
        await PublishAsync(host, [packages[0]], revision: 1, cancellation); // a process that has just started still compiles, and makes its key
        var all = await PublishAsync(host, [.. packages.SkipLast(1)], revision: 2, cancellation);
        var oneMore = await PublishAsync(host, [packages[^1]], revision: 3, cancellation);
        await host.StopAsync(cancellation);
        return (all, oneMore);
    }

    private static async Task<double> PublishAsync(IHost host, IReadOnlyList<RepositoryPackage> packages, int revision, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        await InvokeAsync(host, new AddRepositoryPackages(Repository, packages), cancellation);
        await PublishedAsync(host, revision, cancellation);
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task InvokeAsync(IHost host, object command, CancellationToken cancellation)
    {
        await using var scope = host.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(command, cancellation);
    }

    private static async Task PublishedAsync(IHost host, int revision, CancellationToken cancellation)
    {
        var store = host.Services.GetRequiredService<IDocumentStore>();
        while (true)
        {
            var appended = store.WakeUps.WaitAsync(IWakeUps.EventsAppended, Poll, cancellation);
            await using var session = store.QuerySession();
            if (await session.LoadAsync<RepositoryDetails>(Repository.StreamKey, cancellation) is { } repository && repository.Published >= revision)
                return;

            await appended;
        }
    }

    private static async Task<IHost> StartBusAsync(string database, CancellationToken cancellation)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddMetrics();
        builder.Services.AddEventStore(options =>
        {
            options.ConnectionString = database;
            options.AddMessageStorage();
            options.AddPackages();
            options.Schema.Scripts(PackagesProjections.Scripts);
        });
        builder.Services.AddMessaging(options =>
        {
            options.DiscoverDecisions(typeof(RuleViolationException).Assembly);
            options.Discover(typeof(PackagesProjections).Assembly);
            options.Role = "bench";
            options.DrainQueue = false;
        });
        var host = builder.Build();
        await host.StartAsync(cancellation);
        return host;
    }

    private static async Task<double> BareAsync(string folder, CancellationToken cancellation)
    {
        const string Script = """
            set -e
            mkdir -p dists/stable/main/binary-amd64
            apt-ftparchive -o APT::FTPArchive::MD5=false -o APT::FTPArchive::SHA1=false -o APT::FTPArchive::SHA512=false packages Packages > dists/stable/main/binary-amd64/Packages
            xz --keep --force dists/stable/main/binary-amd64/Packages
            apt-ftparchive -o APT::FTPArchive::MD5=false -o APT::FTPArchive::SHA1=false -o APT::FTPArchive::SHA512=false release dists/stable > Release
            """;
        var begun = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script]) { WorkingDirectory = folder })
            ?? throw new InvalidOperationException("The shell does not start.");
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode is 0 ? Stopwatch.GetElapsedTime(begun).TotalSeconds : throw new InvalidOperationException($"apt-ftparchive ended with {process.ExitCode}.");
    }
}
