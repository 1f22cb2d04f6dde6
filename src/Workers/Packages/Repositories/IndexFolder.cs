using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Files;

namespace EventSourced.Workers.Packages.Repositories;

/// <summary>A repository's files on disk while its index is made, and the store that the index goes to; removed when disposed.</summary>
internal sealed class IndexFolder(IArtifactStore store, string workPath) : IDisposable
{
    private readonly WorkFolder folder = WorkFolder.In(workPath);

    public string Path => folder.Path;

    /// <summary>Where a file of the repository lies; its folder is made.</summary>
    public string PathOf(string name)
    {
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, name));
        if (!path.StartsWith(Path + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new InvalidOperationException($"The path {name} leads out of the repository.");

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!); // below our folder, so it has one
        return path;
    }

    /// <summary>A package, where the index is to find it.</summary>
    public async Task FetchAsync(RepositoryPackage package, CancellationToken cancellation)
    {
        if (!await TryFetchAsync(package.IndexedPath, package.Sha256 ?? "", cancellation))
            throw new InvalidOperationException($"The artifact of {package.Path} is not in the store.");
    }

    /// <returns>False when the store does not have it.</returns>
    public async Task<bool> TryFetchAsync(string name, string sha256, CancellationToken cancellation)
    {
        await using var bytes = await store.OpenAsync(sha256, range: null, cancellation);
        if (bytes is null)
            return false;

        await using var file = File.Create(PathOf(name));
        await bytes.CopyToAsync(file, cancellation);
        return true;
    }

    public async Task<RepositoryFile> PutAsync(string name, byte[] bytes, CancellationToken cancellation)
    {
        var stored = await store.PutAsync(new MemoryStream(bytes, writable: false), cancellation);
        return new RepositoryFile(name, stored.Sha256, stored.SizeBytes);
    }

    /// <summary>Puts a file of this folder into the store.</summary>
    public async Task<RepositoryFile> PutAsync(string name, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(PathOf(name));
        var stored = await store.PutAsync(file, cancellation);
        return new RepositoryFile(name, stored.Sha256, stored.SizeBytes);
    }

    public void Dispose() => folder.Dispose();
}
