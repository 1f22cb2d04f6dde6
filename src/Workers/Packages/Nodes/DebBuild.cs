using EventSourced.Workers.Adapters.Sandbox;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>Builds Debian binary packages from a source tree, in the sandbox without network.</summary>
public sealed class DebBuild(Bubblewrap sandbox)
{
    // Descriptor 3 carries the packages out; the build's own output is a pipe of the sandbox, so that it may be opened again as /dev/stderr.
    private const string Script = """
        exec 3>&1
        build() (
            mkdir /build/source && tar -xf - -C /build/source --no-same-owner && cd /build/source || exit 1
            exec </dev/null
            dpkg-buildpackage -us -uc -b
        )
        { build 3>&- 2>&1; echo $? >/build/.status; } | cat >&2
        read -r status </build/.status && [ "$status" = 0 ] || exit "${status:-1}"
        cd /build && find . -maxdepth 1 -type f -name '*.deb' -printf '%f\0' | tar --null -T - --hard-dereference -cf - >&3
        """;

    /// <param name="sourceTar">The source tree.</param>
    /// <param name="folder">Gets the packages.</param>
    /// <param name="limit">The platform's own time limit; null is the sandbox's.</param>
    /// <param name="log">Gets the build's output while it runs.</param>
    /// <returns>The packages' paths; null when the build failed, with the reason in the log.</returns>
    /// <exception cref="BuildResultException">The build succeeded and delivered what it must not.</exception>
    public async Task<IReadOnlyList<string>?> RunAsync(string sourceTar, string folder, TimeSpan? limit, BuildLog log, CancellationToken cancellation)
    {
        var output = Path.Combine(folder, "result.tar");
        var result = await sandbox.RunAsync(
            new SandboxCommand(Script, [], output) { InputFile = sourceTar, Log = log.WriteAsync, WallTime = limit, Environment = Environment }, cancellation);
        if (!result.Succeeded)
        {
            log.WriteLine(result.TimedOut ? "The build took too long and was ended." : $"The build ended with {result.ExitCode}.");
            return null;
        }

        var packages = Directory.CreateDirectory(Path.Combine(folder, "packages")).FullName;
        return await BuildResults.UnpackAsync(output, packages, cancellation);
    }

    private static Dictionary<string, string> Environment => new() { ["DEB_BUILD_OPTIONS"] = $"parallel={System.Environment.ProcessorCount}" };
}
