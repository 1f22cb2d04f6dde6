using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Packages.Nodes.Dependencies;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>Builds packages from a source in a sandbox, without network, with the build dependencies that are not there laid over its files.</summary>
public sealed class PackageBuild(BuildSandboxes sandboxes, BuildDependencies dependencies, IOptions<SandboxOptions> limits)
{
    internal const int ExcludedExit = 75;

    // Descriptor 3 carries what was made out, and a build that wants to can get at it: what comes out is checked as if the build itself had written it. The build's own
    // output is a pipe of the sandbox, so that it may be opened again as /dev/stderr.
    private const string Frame = """
        exec 3>&1
        BUILD
        { build "$@" 3>&- 2>&1; echo $? >/build/.status; } | cat >&2
        read -r status </build/.status && [ "$status" = 0 ] || exit "${status:-1}"
        cd /build/made || exit 1
        find . -maxdepth 1 -type f -name '*.ddeb' -printf 'Left out, no repository takes it: %f\n' >&2
        find . -maxdepth 1 -type f '(' -name '*.deb' -o -name '*.udeb' -o -name '*.dsc' -o -name '*.tar.*' -o -name '*.diff.gz' \
            -o -name '*.changes' -o -name '*.buildinfo' -o -name '*.rpm' ')' -printf '%f\0' | tar --null -T - --hard-dereference --format=gnu --mtime=@0 -cf - >&3
        """;

    /// <param name="task">What is built.</param>
    /// <param name="source">Its source.</param>
    /// <param name="folder">Gets the packages.</param>
    /// <param name="log">Gets the build's output while it runs.</param>
    /// <exception cref="BuildDependencyException">It needs what cannot be had.</exception>
    /// <exception cref="Adapters.Downloads.DownloadException">A repository cannot be read.</exception>
    /// <exception cref="Adapters.Containers.ContainerEngineException">The platform's image cannot be had, or the engine does not do its part.</exception>
    /// <exception cref="BuildResultException">It cannot be built here, or succeeded and delivered what it must not.</exception>
    public async Task<BuildOutcome> RunAsync(NodeTask task, FetchedSource source, string folder, BuildLog log, CancellationToken cancellation)
    {
        var script = BuildScript.For(task, source.Kind);
        var sandbox = await sandboxes.ForAsync(task, folder, log, cancellation);
        var layer = await dependencies.FetchAsync(task, source, sandbox, folder, log, cancellation);
        var output = Path.Combine(folder, "result.tar");
        var result = await sandbox.RunAsync(
            new SandboxCommand(Frame.Replace("BUILD", script.Build, StringComparison.Ordinal), script.Arguments, output)
            {
                InputFile = source.TarFile, Layer = layer, Log = log.WriteAsync, WallTime = task.Platform.Timeout, Environment = Jobs(limits.Value.Cpus),
            },
            cancellation);
        if (result is { ExitCode: ExcludedExit, TimedOut: false })
            return BuildOutcome.Excluded;

        if (!result.Succeeded)
        {
            log.WriteLine(result.TimedOut ? "The build took too long and was ended." : $"The build ended with {result.ExitCode}.");
            return BuildOutcome.Failed;
        }

        var made = await BuildResults.UnpackAsync(output, Directory.CreateDirectory(Path.Combine(folder, "made")).FullName, cancellation);
        return made is [] ? throw new BuildResultException("The build made no package.") : new BuildOutcome("done", made);
    }

    /// <summary>How many jobs at a time dpkg and rpm start: not more than they have processors for.</summary>
    private static Dictionary<string, string> Jobs(double processors)
    {
        var jobs = Math.Min(Environment.ProcessorCount, (int)Math.Ceiling(processors));
        return new() { ["DEB_BUILD_OPTIONS"] = $"parallel={jobs}", ["RPM_BUILD_NCPUS"] = $"{jobs}" };
    }
}

/// <param name="Status">As it is reported.</param>
/// <param name="Files">Paths of what was made, by name.</param>
public sealed record BuildOutcome(string Status, IReadOnlyList<string> Files)
{
    public static BuildOutcome Failed { get; } = new("failed", []);

    public static BuildOutcome Excluded { get; } = new("excluded", []);
}
