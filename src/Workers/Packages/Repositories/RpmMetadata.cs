using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;

namespace EventSourced.Workers.Packages.Repositories;

/// <summary>Reads metadata that createrepo_c made: the part of its format (repomd.xml, primary.xml) that we need.</summary>
internal static class RpmMetadata
{
    private static readonly XNamespace Repo = "http://linux.duke.edu/metadata/repo", Common = "http://linux.duke.edu/metadata/common";

    /// <summary>Digests of the packages, by path.</summary>
    public static Dictionary<string, string> Read(IndexFolder folder)
    {
        var repomd = XDocument.Load(folder.PathOf("repodata/repomd.xml"));
        using var primary = new GZipStream(File.OpenRead(folder.PathOf(FilesOf(repomd, "primary").Single())), CompressionMode.Decompress);
        using var reader = XmlReader.Create(primary);
        var packages = new Dictionary<string, string>(StringComparer.Ordinal);
        reader.MoveToContent();
        for (var found = reader.ReadToDescendant("package"); found; found = reader.ReadToNextSibling("package"))
        {
            using var subtree = reader.ReadSubtree();
            var package = XElement.Load(subtree);
            packages[package.Element(Common + "location")?.Attribute("href")?.Value ?? ""] = package.Element(Common + "checksum")?.Value ?? "";
        }

        return packages;
    }

    /// <summary>Paths of the files that it names; of one type, or all.</summary>
    public static IEnumerable<string> FilesOf(XDocument repomd, string? type = null) =>
        repomd.Descendants(Repo + "data").Where(data => type is null || data.Attribute("type")?.Value == type)
            .Select(data => data.Element(Repo + "location")?.Attribute("href")?.Value).OfType<string>();
}
