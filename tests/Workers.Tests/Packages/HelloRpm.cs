using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A real small rpm of any version, put into the store.</summary>
internal static class HelloRpm
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<RepositoryPackage> BuildAsync(TemporaryFolder folder, IArtifactStore store, string version)
    {
        var top = Directory.CreateDirectory(folder[$"hello-rpm-{version}"]).FullName;
        var spec = Path.Combine(top, "hello.spec");
        await File.WriteAllTextAsync(spec, $"""
            Name: hello
            Version: {version}
            Release: 1
            Summary: says hello
            License: MIT
            BuildArch: noarch
            %description
            A package of a test.
            %install
            mkdir -p %buildroot/usr/share/hello
            echo hello {version} > %buildroot/usr/share/hello/text
            %files
            /usr/share/hello

            """, Cancellation);
        await Tool.RunAsync("rpmbuild", ["-bb", "--quiet", "--define", $"_topdir {top}", spec], new ToolContext { Environment = new Dictionary<string, string> { ["HOME"] = top } }, Cancellation);
        var name = $"hello-{version}-1.noarch.rpm";
        await using var file = File.OpenRead(Path.Combine(top, "RPMS/noarch", name));
        var stored = await store.PutAsync(file, Cancellation);
        return new RepositoryPackage(RepositoryPackage.PathOf(name), name, "/artifact/", stored.Sha256, stored.SizeBytes);
    }
}
