using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A real small rpm of any name and version, and its source package: the same bytes for the same, wherever and whenever they are made.</summary>
internal static class SmallRpm
{
    private static readonly string[] Reproducible =
        ["--define", "_buildhost test", "--define", "use_source_date_epoch_as_buildtime 1", "--define", "clamp_mtime_to_source_date_epoch 1"];

    /// <param name="folder">For rpmbuild alone.</param>
    /// <param name="name">Its name, and that of its folder.</param>
    /// <param name="version">Its version.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <param name="summary">Other bytes of the same name and version have another one.</param>
    /// <returns>The two files.</returns>
    public static async Task<(string Source, string Binary)> BuildAsync(string folder, string name, string version, CancellationToken cancellation, string summary = "says its version")
    {
        var top = Directory.CreateDirectory(folder).FullName;
        var spec = Path.Combine(top, "package.spec");
        // A source package holds the spec with its macros expanded, so %buildroot would be different in it every time.
        await File.WriteAllTextAsync(spec, $"""
            Name: {name}
            Version: {version}
            Release: 1
            Summary: {summary}
            License: MIT
            BuildArch: noarch
            %description
            A package of a test.
            %install
            mkdir -p $RPM_BUILD_ROOT/usr/share/{name}
            echo {name} {version} > $RPM_BUILD_ROOT/usr/share/{name}/text
            %files
            /usr/share/{name}

            """, cancellation);
        var environment = new Dictionary<string, string> { ["HOME"] = top, ["SOURCE_DATE_EPOCH"] = "1000000000" }; // 0 would be none
        string[] arguments = ["-ba", "--quiet", "--define", $"_topdir {top}", "--define", $"_tmppath {top}", .. Reproducible, spec];
        await Tool.RunAsync("rpmbuild", arguments, new ToolContext { Environment = environment }, cancellation);
        return (Path.Combine(top, $"SRPMS/{name}-{version}-1.src.rpm"), Path.Combine(top, $"RPMS/noarch/{name}-{version}-1.noarch.rpm"));
    }
}
