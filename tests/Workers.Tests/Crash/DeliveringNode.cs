using System.Text;
using EventSourced.Workers.Packages.Nodes;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>A build node that speaks as ours does but makes its packages at once.</summary>
internal sealed class DeliveringNode(Installation installation, string name, Acknowledged acknowledged, params IReadOnlyList<string> arches) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Whether it has a task in its hands.</summary>
    public bool IsDelivering { get; private set; }

    public static string LogOf(int task, int attempt) => $"Task {task}, attempt {attempt}\n";

    public static NodeOptions Options(Installation installation, string name, IReadOnlyList<string> arches) => new()
    {
        MasterUrl = installation.Address, Token = installation.NodeToken(name), Arches = arches, PollWait = TimeSpan.FromSeconds(2),
    };

    public async Task RunAsync(CancellationToken enough)
    {
        var options = Options(installation, name, arches);
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

        List<ReportedArtifact> artifacts = [];
        foreach (var file in await TaskPackages.MakeAsync(task.Platform.Type, task.Id, folder))
            artifacts.Add(await uploader.UploadAsync(file, task.Platform.Type, token));

        var report = new BuildReport(task.Id, "done", artifacts, new Dictionary<string, StepStatistics>(), null);
        if (await master.ReportAsync(report, task.Attempt, token) is not ReportAnswer.Accepted)
            return;

        Assert.True(acknowledged.Reports.TryAdd(task.Id, task.Attempt), $"Two reports of task {task.Id} were accepted.");
        acknowledged.Count();
    }
}
