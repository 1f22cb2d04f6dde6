using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using EventSourced.Bench.Http;
using EventSourced.ServiceDefaults.Artifacts;

namespace EventSourced.Bench.Packages;

/// <summary>Reports of finished tasks, each with a package and a log: recorded, looked at by the workers, and answered when they have.</summary>
internal static class BuildDoneBench
{
    private const int Clients = 16, WarmUp = 500, Measured = 2_000;

    public static async IAsyncEnumerable<Row> RunAsync(BenchServer server, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var database = await server.CreateDatabaseAsync(cancellation);
        await using var api = await ApiProcess.StartAsync(database, cancellation);
        await using var workers = await api.StartWorkersAsync(database, cancellation);
        var (key, node) = await api.NodeAsync("bench", cancellation);
        var tasks = new ConcurrentQueue<int>(await QueuedTasks.FillAsync(
            database, await api.CreatePlatformAsync("bench", QueuedTasks.Arch, cancellation), WarmUp + Measured, key, cancellation));
        var store = new FileArtifactStore(api.ArtifactsPath, TimeProvider.System);
        var deb = Path.Combine(api.ArtifactsPath, "bench_1.0_all.deb");
        await File.WriteAllBytesAsync(deb, DebFile.Create("bench", "1.0"), cancellation);
        var package = await store.PutAsync(new MemoryStream(DebFile.Create("bench", "1.0")), cancellation);
        var log = await store.PutAsync(new MemoryStream("a log"u8.ToArray()), cancellation);

        await Load.CountAsync(Clients, WarmUp, ReportNextAsync);
        var result = await Load.CountAsync(Clients, Measured, ReportNextAsync);
        var bare = await Load.CountAsync(Clients, Measured, _ => LookAsync(deb, cancellation));
        yield return new Row("build-done", result.PerSecond, bare.PerSecond, "reports/s", $"bare dpkg-deb --field, {Clients} at a time")
        {
            More = new() { ["p50Ms"] = Math.Round(result.Percentile(0.5), 2), ["p99Ms"] = Math.Round(result.Percentile(0.99), 2) },
        };

        async Task ReportNextAsync(int _)
        {
            var task = tasks.TryDequeue(out var next) ? next : throw new InvalidOperationException("Fewer tasks were filled in than reported.");
            var artifacts = new[]
            {
                new { name = "bench_1.0_all.deb", type = "deb", href = ArtifactHrefs.Of(package.Sha256) },
                new { name = $"albs.{task}.log", type = "build_log", href = ArtifactHrefs.Of(log.Sha256) },
            };
            using var response = await node.PostAsJsonAsync("/api/v1/build_node/build_done", new { task_id = task, status = "done", artifacts }, cancellation);
            if (response.StatusCode is not HttpStatusCode.OK)
                throw new InvalidOperationException($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellation)}");
        }
    }

    /// <summary>All that has to be done about a package, whoever does it.</summary>
    private static async Task LookAsync(string deb, CancellationToken cancellation)
    {
        using var dpkg = Process.Start(new ProcessStartInfo("dpkg-deb", ["--field", deb]) { RedirectStandardOutput = true })!;
        await dpkg.StandardOutput.ReadToEndAsync(cancellation);
        await dpkg.WaitForExitAsync(cancellation);
        if (dpkg.ExitCode is not 0)
            throw new InvalidOperationException($"dpkg-deb ended with {dpkg.ExitCode}.");
    }
}
