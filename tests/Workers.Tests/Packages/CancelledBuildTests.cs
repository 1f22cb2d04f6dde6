using EventSourced.Support;
using EventSourced.Workers.Commands.Demo;
using EventSourced.Workers.Tests.Adapters;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A running build is cancelled: the real API, the real node as a process, their default intervals.</summary>
public sealed class CancelledBuildTests(RealHosts hosts) : IClassFixture<RealHosts>
{
    private const string Arch = "amd64", Child = "sleep\04720";

    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Five_seconds_after_a_build_is_cancelled_none_of_its_processes_is_left()
    {
        await using var repository = await GitRepository.StartAsync();
        await CommitAsync(repository, "for n in 1 2 3; do setsid sh -c 'trap \"\" TERM; sleep 4720' & done; sleep 4720");
        await using var node = await hosts.StartNodeAsync(Arch);
        var (build, _) = await hosts.RequestAsync(Arch, url: repository.Url);
        await Until.TrueAsync("The build runs.", () => SandboxRun.Processes(Child) is 4, Token);

        using var answer = await hosts.Admin.PatchAsync($"/api/v1/builds/{build}/cancel", content: null, Token);
        Assert.True(answer.IsSuccessStatusCode, $"{answer}");

        await Until.TrueAsync("No process is left.", () => Task.FromResult(SandboxRun.Processes(Child) + SandboxRun.ChildrenOf(node.ProcessId) is 0), Promised, Token);
    }

    private static async Task CommitAsync(GitRepository repository, string command)
    {
        var files = Directory.EnumerateFiles(Samples.Tally, "*", SearchOption.AllDirectories).Select(file => (Path.GetRelativePath(Samples.Tally, file), File.ReadAllText(file)));
        await repository.CommitAsync([.. files]);
        await repository.CommitAsync(("debian/rules", $"#!/usr/bin/make -f\nclean:\nbinary build:\n\t{command}\n"));
    }
}
