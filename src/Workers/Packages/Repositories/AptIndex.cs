using System.IO.Compression;
using System.Text.RegularExpressions;
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
public sealed partial class AptIndex(IArtifactStore store, ISigner signer, IOptions<PublishingOptions> options)
{
    /// <summary>Where clients find the public key, below the repository's URL.</summary>
    public const string KeyPath = "key.asc";

    private const string Distribution = "dists/stable";

    private static readonly string[] OnlySha256 =
        ["MD5", "SHA1", "SHA512"];

    /// <summary>Puts all files of the index into the store.</summary>
    /// <param name="arch">As Debian names it.</param>
    /// <param name="packages">All with digests.</param>
    /// <returns>The files by path, and the fingerprint of the key that signed them.</returns>
    public async Task<(IReadOnlyList<RepositoryFile> Files, string SignedBy)> MakeAsync(
        string arch, IReadOnlyCollection<RepositoryPackage> packages, CancellationToken cancellation)
    {
        if (!DebianArch().IsMatch(arch))
            throw new ArgumentException($"'{arch}' is no Debian arch.", nameof(arch));

        var folder = Directory.CreateDirectory(Path.Combine(options.Value.WorkPath, Guid.CreateVersion7().ToString("N")));
        try
        {
            foreach (var package in packages)
                await FetchAsync(package, folder.FullName, cancellation);

            return await MakeAsync(arch, folder.FullName, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<(IReadOnlyList<RepositoryFile> Files, string SignedBy)> MakeAsync(string arch, string folder, CancellationToken cancellation)
    {
        var context = new ToolContext { WorkingDirectory = folder };
        Directory.CreateDirectory(Path.Combine(folder, "Packages"));
        var index = await Tool.RunAsync("apt-ftparchive", [.. Checksums, "--arch", arch, "packages", "Packages"], context, cancellation);
        var files = new List<RepositoryFile>();
        var indexFolder = Directory.CreateDirectory(Path.Combine(folder, Distribution, "main", $"binary-{arch}")).FullName;
        foreach (var (name, bytes) in new[] { ("Packages", index), ("Packages.gz", Gzip(index)), ("Packages.xz", await XzAsync(index, cancellation)) })
        {
            await File.WriteAllBytesAsync(Path.Combine(indexFolder, name), bytes, cancellation);
            var file = await PutAsync($"{Distribution}/main/binary-{arch}/{name}", bytes, cancellation);
            files.Add(file);
            files.Add(file with { Path = $"{Distribution}/main/binary-{arch}/by-hash/SHA256/{file.Sha256}" });
        }

        var release = await Tool.RunAsync("apt-ftparchive", [.. Checksums, .. Release(arch), "release", Distribution], context, cancellation);
        var signature = await signer.SignAsync(release, cancellation);
        files.Add(await PutAsync($"{Distribution}/Release", release, cancellation));
        files.Add(await PutAsync($"{Distribution}/InRelease", signature.ClearSigned, cancellation));
        files.Add(await PutAsync($"{Distribution}/Release.gpg", signature.Detached, cancellation));
        files.Add(await PutAsync(KeyPath, signature.PublicKey, cancellation));
        return (files, signature.Fingerprint);
    }

    /// <summary>apt asks by the strongest digest it is offered; ours is the one the store knows.</summary>
    private static IEnumerable<string> Checksums => OnlySha256.SelectMany(name => new[] { "-o", $"APT::FTPArchive::{name}=false" });

    private static IEnumerable<string> Release(string arch) => new[]
    {
        "Origin=EventSourced", "Label=EventSourced", "Suite=stable", "Codename=stable", $"Architectures={arch}", "Components=main", "Acquire-By-Hash=yes",
    }.SelectMany(field => new[] { "-o", $"APT::FTPArchive::Release::{field}" });

    private async Task FetchAsync(RepositoryPackage package, string folder, CancellationToken cancellation)
    {
        var path = Path.GetFullPath(Path.Combine(folder, package.Path));
        if (!path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new InvalidOperationException($"The package path {package.Path} leads out of the repository.");

        await using var bytes = await store.OpenAsync(package.Sha256 ?? "", range: null, cancellation)
            ?? throw new InvalidOperationException($"The artifact of {package.Path} is not in the store.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // below folder, so it has one
        await using var file = File.Create(path);
        await bytes.CopyToAsync(file, cancellation);
    }

    private async Task<RepositoryFile> PutAsync(string path, byte[] bytes, CancellationToken cancellation)
    {
        var stored = await store.PutAsync(new MemoryStream(bytes, writable: false), cancellation);
        return new RepositoryFile(path, stored.Sha256, stored.SizeBytes);
    }

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

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]*\z")]
    private static partial Regex DebianArch();
}
