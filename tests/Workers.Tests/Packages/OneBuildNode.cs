using System.Text.Json.Nodes;
using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Adapters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A real build node that works for a <see cref="NodeMaster"/>.</summary>
public abstract class OneBuildNode : IAsyncLifetime
{
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    protected TemporaryFolder Folder { get; } = new();

    protected GitRepository Repository { get; private set; } = null!;

    protected NodeMaster Master { get; private set; } = null!;

    protected IHost Running { get; set; } = null!;

    protected CancellationToken Cancellation => _end.Token;

    public async ValueTask InitializeAsync()
    {
        _end.CancelAfter(TimeSpan.FromMinutes(2));
        Repository = await GitRepository.StartAsync();
        Master = await NodeMaster.StartAsync();
        await File.WriteAllTextAsync(Folder["node-build.token"], "the-key\n", Cancellation);
        Running = Node();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Running.StopAsync(CancellationToken.None);
        Running.Dispose();
        await Master.DisposeAsync();
        await Repository.DisposeAsync();
        Folder.Dispose();
        _end.Dispose();
    }

    protected async Task HandedBackAsync()
    {
        await Until.TrueAsync("The task is handed back.", () => !Master.HandedBack.IsEmpty, Cancellation);
        var asked = Master.Asked;
        await PingsAsync(15);

        Assert.Equal([(7, "1")], Master.HandedBack);
        Assert.Equal(asked, Master.Asked);
        Assert.False(Master.Report.IsCompleted);
        await StopAsync();
    }

    /// <summary>Returns after so many pings more.</summary>
    protected async Task PingsAsync(int count)
    {
        while (Master.Pings.Reader.TryRead(out _))
        {
            // Those from before.
        }

        for (var ping = 0; ping < count; ping++)
            await Master.Pings.Reader.ReadAsync(Cancellation);
    }

    protected Task StopAsync() => Running.StopAsync(Cancellation);

    protected IHost Node(string workPath = "")
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Path"] = Folder.Path, ["Node:MasterUrl"] = Master.Address.ToString(), ["Node:Arches:0"] = "amd64", ["Node:PingInterval"] = "00:00:00.1",
            ["Node:ShutdownGrace"] = "00:00:00.5", ["Node:WorkPath"] = workPath, ["Git:PrivateHosts:0"] = "127.0.0.1",
        });
        builder.Services.AddBuildNode();
        return builder.Build();
    }

    protected Task<string> CommitTallyAsync() => CommitAsync(Samples.Tally);

    protected Task<string> CommitAsync(string sample)
    {
        var files = Directory.EnumerateFiles(sample, "*", SearchOption.AllDirectories);
        return Repository.CommitAsync([.. files.Select(file => (Path.GetRelativePath(sample, file), File.ReadAllText(file)))]);
    }

    protected async Task CommitRulesAsync(string command)
    {
        await CommitTallyAsync();
        await Repository.CommitAsync(("debian/rules", $"#!/usr/bin/make -f\nclean:\nbinary build:\n\t{command}\n"));
    }

    protected static IReadOnlyList<ReportedArtifact> Artifacts(JsonObject report) =>
        [.. report["artifacts"]!.AsArray().Select(a => new ReportedArtifact((string)a!["name"]!, (string)a["type"]!, (string)a["href"]!, (string)a["sha256"]!))];
}
