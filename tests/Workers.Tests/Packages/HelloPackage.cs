using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A real package with a program that says its version.</summary>
internal static class HelloPackage
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<RepositoryPackage> BuildAsync(TemporaryFolder folder, IArtifactStore store, string version, string summary = "says hello")
    {
        var tree = Directory.CreateDirectory(folder[$"hello-{version}-{Guid.CreateVersion7():N}"]).FullName;
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        Directory.CreateDirectory(Path.Combine(tree, "usr/bin"));
        await File.WriteAllTextAsync(Path.Combine(tree, "DEBIAN/control"), $"Package: hello\nVersion: {version}\nArchitecture: amd64\nMaintainer: Ann <ann@example.org>\nDescription: {summary}\n", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(tree, "usr/bin/hello"), $"#!/bin/sh\necho hello {version}\n", Cancellation);
        File.SetUnixFileMode(Path.Combine(tree, "usr/bin/hello"), (UnixFileMode)0b111_101_101);
        var name = $"hello_{version}_amd64.deb";
        await Tool.RunAsync("dpkg-deb", ["--root-owner-group", "--build", tree, folder[name]], ToolContext.Default, Cancellation);
        return await store.PutPackageAsync(folder[name], Cancellation);
    }
}
