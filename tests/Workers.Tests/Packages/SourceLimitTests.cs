using System.Security.Cryptography;
using System.Text;
using EventSourced.Workers.Adapters.Downloads;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>What a source package may take of a node's disk.</summary>
public sealed class SourceLimitTests : IAsyncLifetime
{
    private const int Budget = 16 << 20;

    private static readonly byte[] Part = new byte[1 << 20];

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _asked = [];
    private LocalServer _server = null!;
    private string _control = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await LocalServer.StartAsync(
        async context =>
        {
            var name = Path.GetFileName(context.Request.Path.Value!);
            _asked.Add(name);
            await context.Response.Body.WriteAsync(name.EndsWith(".dsc", StringComparison.Ordinal) ? Encoding.ASCII.GetBytes(_control) : Part, context.RequestAborted);
        },
        Cancellation);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_that_are_as_the_dsc_states_are_packed_once(bool isBuilt)
    {
        _control = Control($"{Part.Length}");

        var source = await FetchAsync(isBuilt);

        Assert.Equal(SourceKind.Package, source.Kind);
        Assert.InRange(new FileInfo(source.TarFile).Length, Part.Length, 2 * Part.Length);
        Assert.Equal([source.TarFile], Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_longer_than_the_dsc_states_ends_the_download(bool isBuilt)
    {
        _control = Control("1000");

        Assert.Equal("tally_1.0-0.tar.xz is longer than 1000 bytes.", await RefusalAsync(isBuilt));
    }

    [Theory]
    [InlineData("9000000", "9000000")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    public async Task Files_larger_together_than_a_workspace_are_not_fetched(params string[] lengths)
    {
        _control = Control(lengths);

        Assert.Equal($"The files of tally_1.0.dsc are larger together than the {Budget} bytes of a build's workspace.", await RefusalAsync(isBuilt: false));
        Assert.Equal(["tally_1.0.dsc"], _asked);
    }

    [Theory]
    [InlineData("many")]
    [InlineData("-1")]
    [InlineData("99999999999999999999")]
    public async Task A_length_that_is_none_is_refused(string length)
    {
        _control = Control(length);

        Assert.Contains("does not name the files", await RefusalAsync(isBuilt: false));
    }

    private static string Control(params string[] lengths)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(Part));
        return "Source: tally\nChecksums-Sha256:\n" + string.Concat(lengths.Select((length, n) => $" {sha256} {length} tally_1.0-{n}.tar.xz\n"));
    }

    private async Task<string> RefusalAsync(bool isBuilt) => (await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(isBuilt))).Message;

    /// <param name="isBuilt">Whether the build system has it, or a user named its address.</param>
    private async Task<FetchedSource> FetchAsync(bool isBuilt)
    {
        var (limits, git) = (Options.Create(new SandboxOptions { WorkspaceBytes = Budget }), Options.Create(new GitOptions { PrivateHosts = ["127.0.0.1"] }));
        using var master = new MasterClient(Options.Create(new NodeOptions { MasterUrl = _server.Address, Token = "the-key" }), TimeProvider.System);
        using var download = new SourceDownload(git, limits, TimeProvider.System);
        var sources = new TaskSources(new GitFetch(new Bubblewrap(limits, TimeProvider.System, ControlGroups.OfMachine), git), download, master, limits);
        using var logs = new TemporaryFolder();
        await using var log = new BuildLog(logs["log"], limitBytes: 1 << 20, (_, _, _) => Task.FromResult(true));
        var url = $"{_server.Address}tally_1.0.dsc";
        var task = BuildRun.Task("deb", "amd64", isBuilt ? url : null);
        return await sources.FetchAsync(isBuilt ? task : task with { Ref = task.Ref with { Url = url, RefType = 3 } }, _folder.Path, log, Cancellation);
    }
}
