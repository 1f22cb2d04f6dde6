using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A package file that is put into the store.</summary>
internal static class StoredPackage
{
    public static async Task<RepositoryPackage> PutPackageAsync(this IArtifactStore store, string path, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        var stored = await store.PutAsync(file, cancellation);
        var name = Path.GetFileName(path);
        return new RepositoryPackage(RepositoryPackage.PathOf(name), name, ArtifactHrefs.Of(stored.Sha256), stored.Sha256, stored.SizeBytes);
    }
}
