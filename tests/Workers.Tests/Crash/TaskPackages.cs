using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Tests.Packages;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>What a task delivers: the same bytes for the same task, whoever makes it.</summary>
internal static class TaskPackages
{
    /// <summary>Of rpms a source package goes with it, without which nothing is signed.</summary>
    public static string NameOf(int task) => $"crash-{task}";

    /// <returns>The files.</returns>
    public static async Task<IReadOnlyList<string>> MakeAsync(string type, int task, TemporaryFolder folder)
    {
        var name = NameOf(task);
        if (type is "rpm")
        {
            var (source, binary) = await SmallRpm.BuildAsync(folder[name], name, "1.0", CancellationToken.None);
            return [source, binary];
        }

        var package = await DebAsync(name, folder);
        return [package, await ChangesAsync(package)];
    }

    private static async Task<string> DebAsync(string package, TemporaryFolder folder)
    {
        var file = folder[$"{package}_1.0_all.deb"];
        var control = Directory.CreateDirectory(Path.Combine(folder[package], "DEBIAN"));
        await File.WriteAllTextAsync(Path.Combine(control.FullName, "control"), $"""
            Package: {package}
            Version: 1.0
            Architecture: all
            Maintainer: Nobody <nobody@example.org>
            Description: {package}

            """);
        var context = new ToolContext { Environment = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "0" } };
        await Tool.RunAsync("dpkg-deb", ["--root-owner-group", "-Znone", "--build", folder[package], file], context, CancellationToken.None);
        return file;
    }

    /// <summary>What is signed of a Debian build: a text that names the package by its digest.</summary>
    private static async Task<string> ChangesAsync(string package)
    {
        var (name, bytes) = (Path.GetFileNameWithoutExtension(package), await File.ReadAllBytesAsync(package));
        var file = Path.ChangeExtension(package, ".changes");
        await File.WriteAllTextAsync(file, $"""
            Format: 1.8
            Source: {name.Split('_')[0]}
            Version: 1.0
            Architecture: all
            Checksums-Sha256:
             {Outcomes.DigestOf(bytes)} {bytes.Length} {name}.deb

            """);
        return file;
    }
}
