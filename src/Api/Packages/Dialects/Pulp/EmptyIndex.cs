using System.Collections.ObjectModel;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Api.Packages.Dialects.Pulp;

/// <summary>
/// The index of a build's repository that has none of its own: before its first version, and where we hold no bytes of its packages. Nothing is in it, and it is not signed. It
/// is the same for all repositories of a kind and arch, so what it names by digest goes on answering after the first version, for clients that are in between.
/// </summary>
internal static class EmptyIndex
{
    /// <summary>Before anything of ours was published: apt takes no list that is older than the one it has.</summary>
    private const string AptDate = "Sat, 01 Jan 2000 00:00:00 +0000", RpmTime = "946684800";

    private const string XmlBegin = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

    private static readonly byte[] EmptyGzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static readonly byte[] EmptyXz =
        [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4, 0xe6, 0xd6, 0xb4, 0x46, 0, 0, 0, 0, 0x1c, 0xdf, 0x44, 0x21, 0x1f, 0xb6, 0xf3, 0x7d, 1, 0, 0, 0, 0, 4, 0x59, 0x5a];

    private static readonly IReadOnlyDictionary<string, ReadyFile> Rpm = MakeRpm();

    /// <summary>Its files by path; none where packages are of no kind that has an index.</summary>
    /// <param name="type">The repository's.</param>
    /// <param name="arch">The repository's.</param>
    public static IReadOnlyDictionary<string, ReadyFile> Of(string type, string arch) => type switch
    {
        "rpm" => Rpm,
        "deb" => MakeDeb(arch),
        _ => ReadOnlyDictionary<string, ReadyFile>.Empty,
    };

    private static Dictionary<string, ReadyFile> MakeRpm()
    {
        var files = new Dictionary<string, ReadyFile>(StringComparer.Ordinal);
        var repomd = new StringBuilder(XmlBegin)
            .Append("<repomd xmlns=\"http://linux.duke.edu/metadata/repo\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\">\n")
            .Append(CultureInfo.InvariantCulture, $"  <revision>{RpmTime}</revision>\n");
        AddList("primary", "metadata", "common\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm");
        AddList("filelists", "filelists", "filelists");
        AddList("other", "otherdata", "other");
        files["repodata/repomd.xml"] = ReadyFile.Of(Encoding.UTF8.GetBytes(repomd.Append("</repomd>\n").ToString()));
        return files;

        void AddList(string type, string root, string schema)
        {
            var list = Encoding.UTF8.GetBytes($"{XmlBegin}<{root} xmlns=\"http://linux.duke.edu/metadata/{schema}\" packages=\"0\">\n</{root}>\n");
            var file = ReadyFile.Of(Gzip(list));
            var path = $"repodata/{file.Sha256}-{type}.xml.gz";
            files[path] = file;
            repomd.Append(CultureInfo.InvariantCulture, $"""
                  <data type="{type}">
                    <checksum type="sha256">{file.Sha256}</checksum>
                    <open-checksum type="sha256">{ReadyFile.Of(list).Sha256}</open-checksum>
                    <location href="{path}"/>
                    <timestamp>{RpmTime}</timestamp>
                    <size>{file.Bytes.Length}</size>
                    <open-size>{list.Length}</open-size>
                  </data>

                """);
        }
    }

    /// <summary>Its origin, label, suite and codename are those of what is published after it.</summary>
    private static Dictionary<string, ReadyFile> MakeDeb(string arch)
    {
        var (folder, name, architecture) = arch is BuildPlan.Source ? ("source", "Sources", "source") : ($"binary-{arch}", "Packages", arch);
        var files = new Dictionary<string, ReadyFile>(StringComparer.Ordinal);
        var release = new StringBuilder("Origin: EventSourced\nLabel: EventSourced\nSuite: stable\nCodename: stable\n")
            .Append(CultureInfo.InvariantCulture, $"Date: {AptDate}\nArchitectures: {architecture}\nComponents: main\nAcquire-By-Hash: yes\nSHA256:\n");
        foreach (var (end, bytes) in new[] { ("", (byte[])[]), (".gz", EmptyGzip), (".xz", EmptyXz) })
        {
            var file = ReadyFile.Of(bytes);
            files[$"dists/stable/main/{folder}/{name}{end}"] = files[$"dists/stable/main/{folder}/by-hash/SHA256/{file.Sha256}"] = file;
            release.Append(CultureInfo.InvariantCulture, $" {file.Sha256} {bytes.Length} main/{folder}/{name}{end}\n");
        }

        files["dists/stable/Release"] = ReadyFile.Of(Encoding.UTF8.GetBytes(release.ToString()));
        return files;
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
            gzip.Write(bytes);

        return compressed.ToArray();
    }
}

/// <summary>A file that needs no store.</summary>
internal sealed record ReadyFile(byte[] Bytes, string Sha256)
{
    public static ReadyFile Of(byte[] bytes) => new(bytes, Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
