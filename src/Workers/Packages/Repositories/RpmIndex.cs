using System.Xml;
using System.Xml.Linq;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Signing;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Repositories;

/// <summary>
/// Makes the signed metadata with which dnf reads a repository (<c>repo_gpgcheck=1</c>). Its files carry their digest in the name, so that a client never mixes
/// two versions. What the metadata published before says of a package is taken over: only new packages are read.
/// </summary>
public sealed class RpmIndex(IArtifactStore store, ISigner signer, IOptions<PublishingOptions> options)
{
    /// <summary>Where clients find the public key, below the repository's URL.</summary>
    public const string KeyPath = "key.asc";

    private const string Repomd = RpmMetadata.Repomd;

    /// <summary>Puts all files of the metadata into the store.</summary>
    /// <param name="packages">All with digests.</param>
    /// <param name="published">The index files of the version published before; none where there is none.</param>
    /// <returns>The files by path, and the fingerprint of the key that signed them.</returns>
    /// <exception cref="UnpublishableException">Some package cannot be described.</exception>
    public async Task<(IReadOnlyList<RepositoryFile> Files, string SignedBy)> MakeAsync(
        IReadOnlyCollection<RepositoryPackage> packages, IReadOnlyCollection<RepositoryFile> published, CancellationToken cancellation)
    {
        using var folder = new IndexFolder(store, options.Value.WorkPath);
        var rpms = packages.Where(package => package.Path.EndsWith(".rpm", StringComparison.Ordinal)).ToList();
        var known = await RestoreAsync(folder, published, cancellation);
        foreach (var package in rpms.Where(package => !known.ContainsKey(package.IndexedPath)))
            await folder.FetchAsync(package, cancellation);

        string[] update = known.Count > 0 ? ["--update", "--skip-stat"] : [];
        await CreateRepo.RunAsync(folder.Path, [.. rpms.Select(package => package.IndexedPath)], update, limits: null, cancellation);
        Check(Made(folder, [.. rpms.Where(package => !known.ContainsKey(package.IndexedPath))]), rpms);
        return await PutAsync(folder, cancellation);
    }

    /// <summary>
    /// Brings back the metadata published before, unless any of its own files is gone. createrepo_c then takes what it says of a path for true and looks at no file; the
    /// digest in the path vouches for that.
    /// </summary>
    /// <returns>Digests of the packages it knows, by path; none when it is left out.</returns>
    private static async Task<Dictionary<string, string>> RestoreAsync(IndexFolder folder, IReadOnlyCollection<RepositoryFile> published, CancellationToken cancellation)
    {
        var files = published.Where(file => file.Path.StartsWith("repodata/", StringComparison.Ordinal)).ToList();
        foreach (var file in files)
        {
            if (!await folder.TryFetchAsync(file.Path, file.Sha256, cancellation))
                return Forget(folder);
        }

        return files is [] ? Forget(folder) : RpmMetadata.Read(folder);
    }

    private static Dictionary<string, string> Forget(IndexFolder folder)
    {
        Directory.CreateDirectory(folder.PathOf("repodata")).Delete(recursive: true);
        return [];
    }

    private static Dictionary<string, string> Made(IndexFolder folder, IReadOnlyList<RepositoryPackage> unknown)
    {
        try
        {
            return RpmMetadata.Read(folder);
        }
        catch (XmlException e)
        {
            throw new UnpublishableException($"what {CreateRepo.Program} says of the new packages cannot be read: {e.Message}", [.. unknown.Select(package => package.Path)]);
        }
    }

    private static void Check(Dictionary<string, string> made, List<RepositoryPackage> packages)
    {
        if (packages.Where(package => !made.ContainsKey(package.IndexedPath)).ToList() is [_, ..] left)
            throw new UnpublishableException(
                $"{CreateRepo.Program} cannot describe {string.Join(", ", left.Select(package => package.FileName))}", [.. left.Select(package => package.Path)]);

        if (packages.FirstOrDefault(package => made.GetValueOrDefault(package.IndexedPath) != package.Sha256) is { } wrong)
            throw new InvalidOperationException($"createrepo_c made no metadata of {wrong.Path} as it is in the store.");

        if (made.Count != packages.Count)
            throw new InvalidOperationException($"createrepo_c made metadata of {made.Count} packages; there are {packages.Count}.");
    }

    private async Task<(IReadOnlyList<RepositoryFile> Files, string SignedBy)> PutAsync(IndexFolder folder, CancellationToken cancellation)
    {
        var repomd = await File.ReadAllBytesAsync(folder.PathOf(Repomd), cancellation);
        var signature = await signer.SignAsync(repomd, cancellation);
        List<RepositoryFile> files = [];
        foreach (var name in RpmMetadata.FilesOf(XDocument.Parse(System.Text.Encoding.UTF8.GetString(repomd))))
            files.Add(await folder.PutAsync(name, cancellation));

        files.Add(await folder.PutAsync(Repomd, repomd, cancellation));
        files.Add(await folder.PutAsync($"{Repomd}.asc", signature.Detached, cancellation));
        files.Add(await folder.PutAsync(KeyPath, signature.PublicKey, cancellation));
        return (files, signature.Fingerprint);
    }
}
