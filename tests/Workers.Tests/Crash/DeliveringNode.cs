using System.Diagnostics;
using System.Text;
using EventSourced.Workers.Packages.Nodes;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>A build node that speaks as ours does but makes its package at once: the same bytes for the same task, whoever makes it.</summary>
internal sealed class DeliveringNode(Installation installation, string name, Acknowledged acknowledged, string arch = BuildClient.Arch) : IDisposable
{
    private readonly TemporaryFolder folder = new();

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
        while (!enough.IsCancellationRequested)
        {
            try
            {
                if (await master.GetTaskAsync(options, enough) is { } task)
                    await DeliverAsync(master, uploader, task, enough);
            }
            catch (OperationCanceledException) when (enough.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (Outage.Is(e, enough))
            {
                // A task this node does not know it holds, or could not report, returns to the queue by its silence.
                await installation.ReadyAsync(enough);
            }
        }
    }

    public void Dispose() => folder.Dispose();

    private async Task DeliverAsync(MasterClient master, ArtifactUploader uploader, NodeTask task, CancellationToken token)
    {
        if (!await master.WriteLogAsync(task, 0, Encoding.UTF8.GetBytes(LogOf(task.Id, task.Attempt)), token))
            return; // it was silent for too long meanwhile

        var artifact = await uploader.UploadAsync(await PackageAsync(PackageOf(task.Id)), "deb", token);
        var report = new BuildReport(task.Id, "done", [artifact], new Dictionary<string, StepStatistics>(), null);
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
}
