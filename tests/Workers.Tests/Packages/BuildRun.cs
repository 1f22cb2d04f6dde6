using System.Text;
using System.Text.Json;
using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Downloads;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Packages.Nodes.Dependencies;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>One build in a real sandbox, without a build system around it.</summary>
internal static class BuildRun
{
    public static NodeTask Task(string type, string arch, string? builtSource = null, string data = "{}") => new(
        7, 1, arch, 40, new NodeTaskRef("http://127.0.0.1/source.git", "main", RefType: 1, GitCommitHash: null),
        new NodeTaskPlatform("Demo", type, JsonDocument.Parse(data).RootElement), builtSource);

    public static async Task<(BuildOutcome Outcome, string Log)> BuildAsync(
        NodeTask task, FetchedSource source, string folder, CancellationToken cancellation, SandboxOptions? limits = null, ContainerOptions? containers = null)
    {
        Directory.CreateDirectory(folder);
        var options = Options.Create(limits ?? new SandboxOptions());
        var sandbox = new Bubblewrap(options, TimeProvider.System, ControlGroups.OfMachine);
        var git = Options.Create(new GitOptions { PrivateHosts = ["127.0.0.1"] });
        var node = Options.Create(new NodeOptions { WorkPath = Path.GetDirectoryName(folder)! });
        var engine = Options.Create(containers ?? new ContainerOptions());
        using var client = new ContainerEngine(engine);
        var build = new PackageBuild(
            new BuildSandboxes(sandbox, client, engine, options, node, TimeProvider.System), new BuildDependencies(sandbox, node, git, options, TimeProvider.System), options);
        await using var log = new BuildLog(Path.Combine(folder, "log"), limitBytes: 1 << 20, (_, _, _) => System.Threading.Tasks.Task.FromResult(true));
        var outcome = await BuildAsync(build, task, source, folder, log, cancellation);
        await log.CompleteAsync(cancellation);
        return (outcome, await File.ReadAllTextAsync(log.Path, Encoding.UTF8, cancellation));
    }

    /// <summary>As a node takes it: the reason goes to the log.</summary>
    private static async Task<BuildOutcome> BuildAsync(
        PackageBuild build, NodeTask task, FetchedSource source, string folder, BuildLog log, CancellationToken cancellation)
    {
        try
        {
            return await build.RunAsync(task, source, folder, log, cancellation);
        }
        catch (Exception e) when (e is BuildDependencyException or DownloadException or ContainerEngineException)
        {
            log.WriteLine(e.Message);
            return BuildOutcome.Failed;
        }
    }

    /// <summary>Builds a folder as if it were a commit.</summary>
    public static async Task<(BuildOutcome Outcome, string Log)> BuildTreeAsync(
        NodeTask task, string tree, string folder, CancellationToken cancellation, SandboxOptions? limits = null, ContainerOptions? containers = null)
    {
        Directory.CreateDirectory(folder);
        var tar = Path.Combine(folder, "tree.tar");
        await Tool.RunAsync("tar", ["-cf", tar, "-C", tree, "."], ToolContext.Default, cancellation);
        return await BuildAsync(task, new FetchedSource(tar, SourceKind.Tree, Commit: null), folder, cancellation, limits, containers);
    }
}
