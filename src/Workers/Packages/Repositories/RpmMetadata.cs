using System.Globalization;
using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;

namespace EventSourced.Workers.Packages.Repositories;

/// <summary>What dnf's metadata says of one package.</summary>
/// <param name="Sha256">Digest of the package.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="FileTime">When its file was changed, in seconds since 1970; only createrepo_c looks at it.</param>
internal sealed record RpmEntry(string Sha256, long SizeBytes, long FileTime);

/// <summary>Reads metadata that createrepo_c made: the part of its format (repomd.xml, primary.xml) that we need.</summary>
internal static class RpmMetadata
{
    private static readonly XNamespace Repo = "http://linux.duke.edu/metadata/repo", Common = "http://linux.duke.edu/metadata/common";

    /// <summary>Packages by path.</summary>
    public static IReadOnlyDictionary<string, RpmEntry> Read(IndexFolder folder)
    {
        var repomd = XDocument.Load(folder.PathOf("repodata/repomd.xml"));
        using var primary = new GZipStream(File.OpenRead(folder.PathOf(FilesOf(repomd, "primary").Single())), CompressionMode.Decompress);
        using var reader = XmlReader.Create(primary);
        var packages = new Dictionary<string, RpmEntry>(StringComparer.Ordinal);
        reader.MoveToContent();
        for (var found = reader.ReadToDescendant("package"); found; found = reader.ReadToNextSibling("package"))
        {
            using var subtree = reader.ReadSubtree();
            var package = XElement.Load(subtree);
            packages[Value(package, "location", "href")] =
                new RpmEntry(package.Element(Common + "checksum")?.Value ?? "", Number(package, "size", "package"), Number(package, "time", "file"));
        }

        return packages;
    }

    /// <summary>Paths of the files that it names; of one type, or all.</summary>
    public static IEnumerable<string> FilesOf(XDocument repomd, string? type = null) =>
        repomd.Descendants(Repo + "data").Where(data => type is null || data.Attribute("type")?.Value == type)
            .Select(data => data.Element(Repo + "location")?.Attribute("href")?.Value).OfType<string>();

    private static string Value(XElement package, string element, string attribute) => package.Element(Common + element)?.Attribute(attribute)?.Value ?? "";

    private static long Number(XElement package, string element, string attribute) =>
        long.Parse(Value(package, element, attribute), CultureInfo.InvariantCulture);
}
