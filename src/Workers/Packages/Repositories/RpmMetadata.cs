using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;

namespace EventSourced.Workers.Packages.Repositories;

/// <summary>Reads metadata that createrepo_c made: the part of its format (repomd.xml, primary.xml) that we need.</summary>
internal static class RpmMetadata
{
    public const string Repomd = "repodata/repomd.xml";

    private static readonly XNamespace Repo = "http://linux.duke.edu/metadata/repo", Common = "http://linux.duke.edu/metadata/common";

    /// <summary>Digests of the packages, by path.</summary>
    /// <exception cref="XmlException">It is no XML.</exception>
    public static Dictionary<string, string> Read(IndexFolder folder) => Read(folder.PathOf);

    /// <summary>Digests of the packages, by path, after reading all that clients read.</summary>
    /// <param name="folder">Where it was made.</param>
    /// <exception cref="XmlException">It is no XML: createrepo_c lets through what no reader takes.</exception>
    public static Dictionary<string, string> ReadAll(string folder)
    {
        foreach (var name in FilesOf(XDocument.Load(Path.Combine(folder, Repomd))))
        {
            using var reader = Open(Path.Combine(folder, name));
            while (reader.Read())
            {
                // Every character is looked at.
            }
        }

        return Read(name => Path.Combine(folder, name));
    }

    private static Dictionary<string, string> Read(Func<string, string> pathOf)
    {
        using var reader = Open(pathOf(FilesOf(XDocument.Load(pathOf(Repomd)), "primary").Single()));
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

    private static XmlReader Open(string path) =>
        XmlReader.Create(new GZipStream(File.OpenRead(path), CompressionMode.Decompress), new XmlReaderSettings { CloseInput = true });

    /// <summary>Paths of the files that it names; of one type, or all.</summary>
    public static IEnumerable<string> FilesOf(XDocument repomd, string? type = null) =>
        repomd.Descendants(Repo + "data").Where(data => type is null || data.Attribute("type")?.Value == type)
            .Select(data => data.Element(Repo + "location")?.Attribute("href")?.Value).OfType<string>();
}
