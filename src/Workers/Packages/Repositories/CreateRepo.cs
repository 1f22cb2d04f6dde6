using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Packages.Repositories;

/// <summary>createrepo_c, with which a package is looked at before it is believed and listed after: what the one takes, the other can describe.</summary>
internal static class CreateRepo
{
    public const string Program = "createrepo_c";

    private const string PackageList = "packages.txt";

    private static readonly string[] Arguments =
        ["--quiet", "--pkglist", PackageList, "--no-database", "--unique-md-filenames", "--checksum", "sha256", "--general-compress-type", "gz", "."];

    /// <summary>Makes metadata of a folder's packages. One that it cannot describe it leaves out, and says so nowhere but in a line of its output.</summary>
    /// <param name="folder">The folder; the metadata goes below it.</param>
    /// <param name="packages">Paths in it.</param>
    /// <param name="options">Further ones.</param>
    /// <param name="limits">Null for packages that were looked at before.</param>
    /// <param name="cancellation">Cancels.</param>
    public static async Task RunAsync(
        string folder, IReadOnlyList<string> packages, IReadOnlyList<string> options, ToolLimits? limits, CancellationToken cancellation)
    {
        await File.WriteAllLinesAsync(Path.Combine(folder, PackageList), packages, cancellation);
        await Tool.RunAsync(Program, [.. options, .. Arguments], new ToolContext { WorkingDirectory = folder, Limits = limits }, cancellation);
    }
}
