using System.IO.Compression;
using System.Text;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Adapters.Signing;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Repositories;

/// <summary>
/// Makes the signed index with which apt reads a repository: <c>deb [signed-by=KEY] URL stable main</c>. Origin, label, suite and codename never change,
/// for apt refuses a repository that changes them; the index is addressed by digest, so that a client never mixes two versions.
/// </summary>
public sealed class AptIndex(IArtifactStore store, ISigner signer, IOptions<PublishingOptions> options)
{
    /// <summary>Where clients find the public key, below the repository's URL.</summary>
    public const string KeyPath = "key.asc";

    internal const string Program = "apt-ftparchive";

    private const string Distribution = "dists/stable";

    private static readonly string[] OnlySha256 =
        ["MD5", "SHA1", "SHA512"];

    /// <summary>Puts all files of the index into the store. What the index published before says of a package is taken over: only new packages are read.</summary>
    /// <param name="arch">As Debian names it, or <c>src</c> for source packages.</param>
    /// <param name="packages">All with digests.</param>
    /// <param name="published">The index files of the version published before; none where there is none.</param>
    /// <returns>The files by path, and the fingerprint of the key that signed them.</returns>
    /// <exception cref="UnpublishableException">Debian has no such arch, or a package cannot be listed.</exception>
    public async Task<(IReadOnlyList<RepositoryFile> Files, string SignedBy)> MakeAsync(
        string arch, IReadOnlyCollection<RepositoryPackage> packages, IReadOnlyCollection<RepositoryFile> published, CancellationToken cancellation)
    {
        if (!DebianArch.IsName(arch))
            throw new UnpublishableException($"'{arch}' is not how Debian names an arch.", []);

        var listing = arch is BuildPlan.Source ? AptListing.Sources : AptListing.Binaries(arch);
        using var folder = new IndexFolder(store, options.Value.WorkPath);
        var known = await KnownAsync(listing, published, cancellation);
        var listed = packages.Where(listing.Lists).ToList();
        var unknown = listed.Where(package => !known.ContainsKey((package.IndexedPath, package.Sha256 ?? ""))).ToList();
        foreach (var package in unknown)
            await folder.FetchAsync(package, cancellation);

        Directory.CreateDirectory(Path.Combine(folder.Path, "Packages"));
        var read = AptListing.Paragraphs(await RunAsync(folder, [.. listing.Command, "Packages"], cancellation));
        var paragraphs = listed.OrderBy(package => package.Path, StringComparer.Ordinal)
            .Select(package => (package.Path, Text: known.GetValueOrDefault((package.IndexedPath, package.Sha256 ?? "")) ?? listing.ParagraphOf(package, read))).ToList();
        if (paragraphs.Where(paragraph => paragraph.Text is null).Select(paragraph => paragraph.Path).ToList() is { Count: > 0 } unlisted)
            throw new UnpublishableException($"{Program} cannot list {string.Join(", ", unlisted)} for {arch}.", unlisted);

        var index = paragraphs.Select(paragraph => paragraph.Text + "\n\n");
        return await MakeAsync(listing, Encoding.UTF8.GetBytes(string.Concat(index)), folder, cancellation);
    }

    private async Task<IReadOnlyDictionary<(string Path, string Sha256), string>> KnownAsync(
        AptListing listing, IReadOnlyCollection<RepositoryFile> published, CancellationToken cancellation)
    {
        var before = published.FirstOrDefault(file => file.Path == $"{Distribution}/main/{listing.Folder}/{listing.Name}");
        await using var bytes = before is null ? null : await store.OpenAsync(before.Sha256, range: null, cancellation);
        if (bytes is null)
            return new Dictionary<(string, string), string>();

        using var reader = new StreamReader(bytes);
        return AptListing.Paragraphs(await reader.ReadToEndAsync(cancellation));
    }

    private async Task<(IReadOnlyList<RepositoryFile> Files, string SignedBy)> MakeAsync(
        AptListing listing, byte[] index, IndexFolder folder, CancellationToken cancellation)
    {
        var files = new List<RepositoryFile>();
        foreach (var (end, bytes) in new[] { ("", index), (".gz", Gzip(index)), (".xz", await XzAsync(index, cancellation)) })
        {
            var name = $"{Distribution}/main/{listing.Folder}/{listing.Name}{end}";
            await File.WriteAllBytesAsync(folder.PathOf(name), bytes, cancellation);
            var file = await folder.PutAsync(name, bytes, cancellation);
            files.Add(file);
            files.Add(file with { Path = $"{Distribution}/main/{listing.Folder}/by-hash/SHA256/{file.Sha256}" });
        }

        var release = Encoding.UTF8.GetBytes(await RunAsync(folder, [.. Release(listing.Architectures), "release", Distribution], cancellation));
        var signature = await signer.SignAsync(release, cancellation);
        files.Add(await folder.PutAsync($"{Distribution}/Release", release, cancellation));
        files.Add(await folder.PutAsync($"{Distribution}/InRelease", signature.ClearSigned, cancellation));
        files.Add(await folder.PutAsync($"{Distribution}/Release.gpg", signature.Detached, cancellation));
        files.Add(await folder.PutAsync(KeyPath, signature.PublicKey, cancellation));
        return (files, signature.Fingerprint);
    }

    private static Task<string> RunAsync(IndexFolder folder, IEnumerable<string> arguments, CancellationToken cancellation) =>
        Tool.ReadTextAsync(Program, [.. Checksums, .. arguments], new ToolContext { WorkingDirectory = folder.Path }, cancellation);

    /// <summary>apt asks by the strongest digest it is offered; ours is the one the store knows.</summary>
    internal static IEnumerable<string> Checksums => OnlySha256.SelectMany(name => new[] { "-o", $"APT::FTPArchive::{name}=false" });

    private static IEnumerable<string> Release(string architectures) => new[]
    {
        "Origin=EventSourced", "Label=EventSourced", "Suite=stable", "Codename=stable", $"Architectures={architectures}", "Components=main", "Acquire-By-Hash=yes",
    }.SelectMany(field => new[] { "-o", $"APT::FTPArchive::Release::{field}" });

    private static byte[] Gzip(byte[] bytes)
    {
        // Of nothing the stream makes nothing, which is no gzip file, and would have the digest of the empty list itself.
        if (bytes is [])
            return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
            gzip.Write(bytes);

        return compressed.ToArray();
    }

    private static Task<byte[]> XzAsync(byte[] bytes, CancellationToken cancellation) =>
        Tool.RunAsync("xz", ["--compress", "--stdout"], ToolContext.Default with { Input = bytes }, cancellation);
}
