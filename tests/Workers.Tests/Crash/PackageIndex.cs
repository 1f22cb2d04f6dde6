using System.IO.Compression;
using System.Text;
using System.Xml.Linq;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>What the published version of a repository tells its clients: the packages it has, as apt or dnf read them.</summary>
internal static class PackageIndex
{
    private static readonly XNamespace Repo = "http://linux.duke.edu/metadata/repo", Common = "http://linux.duke.edu/metadata/common";

    /// <param name="client">Reads.</param>
    /// <param name="type">What kind of packages it has.</param>
    /// <param name="root">The path of its URL.</param>
    /// <param name="arch">Its arch.</param>
    /// <param name="token">Cancels.</param>
    public static async Task<IReadOnlyList<Entry>> ReadAsync(PatientClient client, string type, string root, string arch, CancellationToken token) =>
        type is "rpm" ? await ReadRpmsAsync(client, root, token) : await ReadDebsAsync(client, root, arch, token);

    /// <param name="IndexedPath">Below the root, with the digest in it.</param>
    /// <param name="Sha256">Of what is there.</param>
    public sealed record Entry(string IndexedPath, string Sha256)
    {
        /// <summary>Where clients that know its name find it.</summary>
        public string Path => IndexedPath.Replace($"/{Sha256}/", "/", StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<Entry>> ReadRpmsAsync(PatientClient client, string root, CancellationToken token)
    {
        using var repomd = new MemoryStream(await client.GetBytesAsync($"{root}repodata/repomd.xml", token));
        var primary = XDocument.Load(repomd).Descendants(Repo + "data").Single(data => data.Attribute("type")?.Value is "primary");
        using var packed = new MemoryStream(await client.GetBytesAsync(root + primary.Element(Repo + "location")!.Attribute("href")!.Value, token));
        await using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        var packages = await XDocument.LoadAsync(unpacked, LoadOptions.None, token);
        return
        [
            .. packages.Descendants(Common + "package")
                .Select(p => new Entry(p.Element(Common + "location")!.Attribute("href")!.Value, p.Element(Common + "checksum")!.Value)),
        ];
    }

    /// <summary>The signed index names the list by its digest.</summary>
    private static async Task<IReadOnlyList<Entry>> ReadDebsAsync(PatientClient client, string root, string arch, CancellationToken token)
    {
        var list = await client.GetBytesAsync($"{root}dists/stable/main/binary-{arch}/Packages", token);
        var release = Encoding.UTF8.GetString(await client.GetBytesAsync($"{root}dists/stable/InRelease", token));
        Assert.Contains(Outcomes.DigestOf(list), release, StringComparison.Ordinal);
        var lines = Encoding.UTF8.GetString(list).Split('\n');
        return [.. Fields(lines, "Filename").Zip(Fields(lines, "SHA256"), (path, digest) => new Entry(path, digest))];
    }

    private static IEnumerable<string> Fields(IEnumerable<string> lines, string name) =>
        lines.Where(line => line.StartsWith(name + ": ", StringComparison.Ordinal)).Select(line => line[(name.Length + 2)..]);
}
