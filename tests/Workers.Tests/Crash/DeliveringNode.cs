using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using EventSourced.Workers.Packages.Nodes;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>A build node that speaks as ours does but makes its package at once: the same bytes for the same task, whoever makes it.</summary>
internal sealed class DeliveringNode(Installation installation, string name, Acknowledged acknowledged, string arch = BuildClient.Arch) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Whether it has a task in its hands.</summary>
    public bool IsDelivering { get; private set; }

    public static string PackageOf(int task) => $"crash-{task}";

    public static string LogOf(int task, int attempt) => $"Task {task}, attempt {attempt}\n";

    public static NodeOptions Options(Installation installation, string name, string arch) => new()
    {
        MasterUrl = installation.Address, Token = installation.NodeToken(name), Arches = [arch], PollWait = TimeSpan.FromSeconds(2),
    };

    public async Task RunAsync(CancellationToken enough)
    {
        var options = Options(installation, name, arch);
        using var master = new MasterClient(Microsoft.Extensions.Options.Options.Create(options), TimeProvider.System);
        var uploader = new ArtifactUploader(master, TimeProvider.System);
        var isAway = false;
        while (!enough.IsCancellationRequested)
        {
            try
            {
                if (isAway)
                    await installation.ReadyAsync(enough);

                isAway = false;
                if (await master.GetTaskAsync(options, enough) is { } task)
                    await DeliverAsync(master, uploader, task, enough);
            }
            catch (Exception e) when (enough.IsCancellationRequested && e is OperationCanceledException or HttpRequestException or IOException)
            {
                return;
            }
            catch (Exception e) when (Outage.Is(e, enough))
            {
                // A task this node does not know it holds, or could not report, returns to the queue by its silence.
                isAway = true;
            }
        }
    }

    public void Dispose() => folder.Dispose();

    private async Task DeliverAsync(MasterClient master, ArtifactUploader uploader, NodeTask task, CancellationToken token)
    {
        IsDelivering = true;
        try
        {
            await WorkAsync(master, uploader, task, token);
        }
        finally
        {
            IsDelivering = false;
        }
    }

    private async Task WorkAsync(MasterClient master, ArtifactUploader uploader, NodeTask task, CancellationToken token)
    {
        if (!await master.WriteLogAsync(task, 0, Encoding.UTF8.GetBytes(LogOf(task.Id, task.Attempt)), token))
            return; // it was silent for too long meanwhile

        var package = await PackageAsync(PackageOf(task.Id));
        ReportedArtifact[] artifacts = [await uploader.UploadAsync(package, "deb", token), await uploader.UploadAsync(await ChangesAsync(package, token), "deb", token)];
        var report = new BuildReport(task.Id, "done", artifacts, new Dictionary<string, StepStatistics>(), null);
        if (await master.ReportAsync(report, task.Attempt, token) is not ReportAnswer.Accepted)
            return;

        Assert.True(acknowledged.Reports.TryAdd(task.Id, task.Attempt), $"Two reports of task {task.Id} were accepted.");
        acknowledged.Count();
    }

    private async Task<string> PackageAsync(string package)
    {
        var file = folder[$"{package}_1.0_all.deb"];
        var control = Directory.CreateDirectory(Path.Combine(folder[package], "DEBIAN"));
        await File.WriteAllTextAsync(
            Path.Combine(control.FullName, "control"), $"Package: {package}\nVersion: 1.0\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\nDescription: {package}\n");
        var start = new ProcessStartInfo("dpkg-deb", ["--root-owner-group", "-Znone", "--build", folder[package], file]) { RedirectStandardOutput = true };
        start.Environment["SOURCE_DATE_EPOCH"] = "0";
        using var dpkg = Process.Start(start)!; // null only when a shell would open a document
        await dpkg.StandardOutput.ReadToEndAsync();
        await dpkg.WaitForExitAsync();
        Assert.Equal(0, dpkg.ExitCode);
        return file;
    }

    /// <summary>What is signed of a Debian build: a text that names the package by its digest.</summary>
    private static async Task<string> ChangesAsync(string package, CancellationToken token)
    {
        var (name, bytes) = (Path.GetFileNameWithoutExtension(package), await File.ReadAllBytesAsync(package, token));
        var file = Path.ChangeExtension(package, ".changes");
        await File.WriteAllTextAsync(
            file, $"Format: 1.8\nSource: {name.Split('_')[0]}\nVersion: 1.0\nArchitecture: all\nChecksums-Sha256:\n {Convert.ToHexStringLower(SHA256.HashData(bytes))} {bytes.Length} {name}.deb\n", token);
        return file;
    }
}
