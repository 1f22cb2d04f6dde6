using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A real small rpm of any version, put into the store.</summary>
internal static class HelloRpm
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<RepositoryPackage> BuildAsync(TemporaryFolder folder, IArtifactStore store, string version, string summary = "says hello")
    {
        var (_, path) = await SmallRpm.BuildAsync(folder[$"hello-rpm-{version}"], "hello", version, Cancellation, summary);
        return await store.PutPackageAsync(path, Cancellation);
    }
}
