using EventSourced.Domain.Packages.Repositories;
using EventSourced.Workers.Packages.Reports;

namespace EventSourced.Workers.Packages.Repositories;

/// <summary>One index of apt: the binary packages of an arch, or source packages.</summary>
/// <param name="Folder">Below the component.</param>
/// <param name="Name">File name without compression.</param>
/// <param name="Command">Makes it, below apt-ftparchive.</param>
/// <param name="Architectures">What the release says.</param>
internal sealed record AptListing(string Folder, string Name, IReadOnlyList<string> Command, string Architectures)
{
    public static AptListing Sources { get; } = new("source", "Sources", ["sources"], "source");

    public static AptListing Binaries(string arch) => new($"binary-{arch}", "Packages", ["--arch", arch, "packages"], arch);

    /// <summary>Whether it has a paragraph about this file. Those of a source package beside the <c>.dsc</c> are named in it, so nobody has to read them.</summary>
    public bool Lists(RepositoryPackage package) =>
        Path.GetExtension(package.Path) is var extension && (this == Sources ? extension is ".dsc" : extension is ".deb" or ".udeb");

    /// <summary>What was just made of a package; null where nothing was: of a file in which apt-ftparchive finds no package it says what it said of the one before.</summary>
    public string? ParagraphOf(RepositoryPackage package, IReadOnlyDictionary<(string Path, string Sha256), string> read) =>
        read.GetValueOrDefault((package.IndexedPath, package.Sha256 ?? "")) is { } text
        && (this == Sources || DebControl.Parse(text).FileName(Path.GetExtension(package.FileName)) == package.FileName)
            ? text
            : null;

    /// <summary>The paragraphs of an index by the path and digest of what each is about.</summary>
    public static IReadOnlyDictionary<(string Path, string Sha256), string> Paragraphs(string index)
    {
        var paragraphs = new Dictionary<(string, string), string>();
        foreach (var text in index.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var control = DebControl.Parse(text);
            if (control.Fields.TryGetValue("Filename", out var path) && control.Fields.TryGetValue("SHA256", out var sha256))
                paragraphs[(path, sha256)] = text.Trim('\n');
            else if (control.Files.FirstOrDefault(file => file.Name.EndsWith(".dsc", StringComparison.Ordinal)) is { } source)
                paragraphs[($"{control.Fields["Directory"]}/{source.Name}", source.Sha256)] = text.Trim('\n');
        }

        return paragraphs;
    }
}
