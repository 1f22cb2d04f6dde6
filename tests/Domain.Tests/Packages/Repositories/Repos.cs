using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Tests.Packages.Repositories;

internal static class Repos
{
    public static readonly RepositoryId Id = new(12);
    public static readonly RepositoryIdentity Identity = new("demo-9-devel", "x86_64", "rpm", Debug: true);
    public static readonly RepositorySettings Settings = new() { Url = "https://mirror.example.org/devel/", Priority = 10 };
    public static readonly RepositoryPackage Tree = new("Packages/t/tree-2.1.x86_64.rpm", "tree-2.1.x86_64.rpm", "/a/2/", "aa", 100);
    public static readonly RepositoryPackage Bash = new("Packages/b/bash-5.x86_64.rpm", "bash-5.x86_64.rpm", "/a/3/", "bb", 200);
    public static readonly RepositoryFile Metadata = new("repodata/repomd.xml", "cc", 300);

    public static RepositoryCreated Created => new(Id, Identity, Settings, 7, null, null);

    public static RepositoryPackagesAdded Added(int revision, params RepositoryPackage[] packages) => new(Id, revision, packages);

    public static RepositoryPackagesRemoved Removed(int revision, params RepositoryPackage[] packages) => new(Id, revision, [.. packages.Select(p => p.Path)]);

    public static RepositoryVersionPublished Published(int version) => new(Id, version, [Metadata], "AB12");
}
