using System.Text.Json.Nodes;
using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Tests.Adapters;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>The built-in build node with builds and answers that mean it ill: one task fails, and the next one is built.</summary>
public sealed class HostileBuildTests : IAsyncLifetime
{
    private const string Package = "mkdir -p debian/tally/DEBIAN && dpkg-gencontrol -ptally -Pdebian/tally && dpkg-deb --root-owner-group --build debian/tally ..";

    // The shell that holds the result open is the second process of the sandbox; 434 and 438 are pidfd_open and pidfd_getfd.
    private const string OwnStream = """
        my $p = syscall(434, 2, 0); my $n = syscall(438, $p, 3, 0); if ($n < 0) { print "no way to it\n"; exit 1 } open(my $o, ">&=", $n) or die;
        my $h = pack("a100a8a8a8a12a12A8a1a100a6a2a247", "./x", "0000644", "0000000", "0000000", sprintf("%011o", 1100 << 20), "00000000000", "", "x", "", "ustar", "00", "");
        substr($h, 148, 8) = sprintf("%06o\0 ", unpack("%32C*", $h));
        syswrite($o, $h); syswrite($o, (1100 << 20) . " comment="); sysseek($o, 1100 << 20, 1); syswrite($o, "\n"); print "stream written\n";
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private GitRepository _repository = null!;
    private NodeMaster _master = null!;
    private IHost _node = null!;

    private CancellationToken Cancellation => _end.Token;

    public async ValueTask InitializeAsync()
    {
        _end.CancelAfter(TimeSpan.FromMinutes(2));
        _repository = await GitRepository.StartAsync();
        _master = await NodeMaster.StartAsync();
        await File.WriteAllTextAsync(_folder["node-build.token"], "the-key\n", Cancellation);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Path"] = _folder.Path, ["Node:MasterUrl"] = _master.Address.ToString(), ["Node:Arches:0"] = "amd64", ["Git:PrivateHosts:0"] = "127.0.0.1",
        });
        builder.Services.AddBuildNode();
        _node = builder.Build();
    }

    public async ValueTask DisposeAsync()
    {
        await _node.StopAsync(CancellationToken.None);
        _node.Dispose();
        await _master.DisposeAsync();
        await _repository.DisposeAsync();
        _folder.Dispose();
        _end.Dispose();
    }

    [Theory]
    [InlineData("@500000000000")]
    [InlineData("@-500000000000")]
    public async Task A_package_of_a_time_that_no_calendar_has_is_a_package(string time)
    {
        var report = await BuildAsync(("debian/rules", Rules($"{Package}\n\ttouch -d {time} ../tally_1.0_amd64.deb")));

        Assert.True((string?)report["status"] is "done", _master.Log);
        Assert.Contains("tally_1.0_amd64.deb", Names(report));
    }

    [Fact]
    public async Task A_package_whose_name_no_header_of_an_archive_has_room_for_is_a_package()
    {
        var name = new string('y', 180);
        var report = await BuildAsync(("debian/rules", Rules($"{Package}\n\tcp ../tally_1.0_amd64.deb ../{name}_1.0_amd64.deb")));

        Assert.True((string?)report["status"] is "done", _master.Log);
        Assert.Contains($"{name}_1.0_amd64.deb", Names(report));
    }

    [Fact]
    public async Task A_build_that_writes_its_own_result_is_read_as_carefully()
    {
        var report = await BuildAsync(("debian/rules", Rules($"{Package} && perl stream.pl")), ("stream.pl", OwnStream));

        Assert.Equal("failed", (string?)report["status"]);
        // Not every kernel lets a process take another's descriptor.
        Assert.Matches("\nstream written\n(.*\n)+The build's result is not an archive.\n|\nno way to it\n", _master.Log);
        await NextTaskIsBuiltAsync();
    }

    [Fact]
    public async Task What_nobody_foresaw_in_a_task_fails_it_with_its_reason()
    {
        _master.Queue(7, _repository.Url, "main", builtSource: "no address");
        await _node.StartAsync(Cancellation);

        var report = await _master.Report.WaitAsync(Cancellation);

        Assert.Equal("failed", (string?)report["status"]);
        Assert.Contains("The node could not make sense of it: UriFormatException, ", _master.Log);
        await NextTaskIsBuiltAsync();
    }

    [Fact]
    public async Task After_an_answer_that_nobody_foresaw_it_asks_again()
    {
        _master.NextTask = Results.Text("null", "application/json; charset=none");
        await _node.StartAsync(Cancellation);
        await Until.TrueAsync("the answer is taken", () => _master.NextTask is null, Cancellation);

        await NextTaskIsBuiltAsync();
    }

    private async Task<JsonObject> BuildAsync(params (string Path, string Text)[] changes)
    {
        var files = Directory.EnumerateFiles(Samples.Tally, "*", SearchOption.AllDirectories).Select(file => (Path.GetRelativePath(Samples.Tally, file), File.ReadAllText(file)));
        await _repository.CommitAsync([.. files]);
        await _repository.CommitAsync(changes);
        _master.Queue(7, _repository.Url, "main");
        await _node.StartAsync(Cancellation);
        return await _master.Report.WaitAsync(Cancellation);
    }

    private async Task NextTaskIsBuiltAsync()
    {
        _master.Queue(8, "ext::x", "main");
        await Until.TrueAsync("the next task is looked at", () => _master.Log.Contains("Task 8 of build", StringComparison.Ordinal), Cancellation);
    }

    private static string Rules(string command) => $"#!/usr/bin/make -f\nclean:\nbinary build:\n\t{command}\n";

    private static IEnumerable<string> Names(JsonObject report) => report["artifacts"]!.AsArray().Select(artifact => (string)artifact!["name"]!);
}
