using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>The steps of the demo, in order.</summary>
internal sealed class DemoRun(DemoApi api, DemoConsole console, string folder)
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        var arch = (await Tool.ReadTextAsync("dpkg", ["--print-architecture"], ToolContext.Default, cancellation)).Trim();

        console.Step("1. A commit");
        var sources = Path.Combine(folder, "git");
        var commit = await DemoSource.CommitAsync(Path.Combine(sources, "tally"), cancellation);
        await using var git = await GitHttpServer.StartAsync(sources, cancellation);
        var url = new Uri(git.Address, "tally/.git");
        console.Done($"{commit} at {url}");

        console.Step("2. A build, asked for through the API");
        var builds = new DemoBuild(api, console);
        var (build, tasks) = await builds.RequestAsync(url, commit, arch, cancellation);
        console.Done($"Build {build} with {tasks.Count} task, queued at {api.Url}");
        foreach (var task in tasks)
            await builds.FollowAsync(build, task, cancellation);

        console.Step("3. A signed repository");
        var repository = await builds.PublishedAsync(build, cancellation);
        console.Done($"{repository.Url} signed by {repository.SignedBy ?? throw new DemoFailedException("The repository is not signed.")}");

        console.Step("4. An installation by apt-get");
        var install = new DemoInstall(api, console, folder);
        await install.RunAsync(repository, arch, cancellation);
        await install.RequireRefusalsAsync(repository, arch, cancellation);

        console.Step("5. How it got there");
        await new DemoHistory(api, console).ShowAsync(build, tasks, repository, commit, cancellation);
    }
}
