using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Tests.Packages.Platforms;

internal static class Demo
{
    public static readonly PlatformId Id = new(7);
    public static readonly RepositoryId Base = new(1), Extra = new(2), Third = new(3);

    public static readonly PlatformSettings Settings = new()
    {
        DistrType = "demo", DistrVersion = "9", ArchList = ["x86_64"], IsReference = false, Priority = 5, WeakArches = [new WeakArch("i686", "x86_64")],
        Data = FreeJson.Parse("""{"definitions": {"vendor": "Demo"}}"""),
    };

    public static PlatformCreated Created => new(Id, "Demo-9", PlatformType.Rpm, Settings);

    public static PlatformRepositoriesLinked Linked(params RepositoryId[] repositories) => new(Id, repositories);

    public static NewRepository Repository(string name = "demo-9-base") => new(
        Base, new RepositoryIdentity(name, "x86_64", "rpm", false), new RepositorySettings { Url = "https://mirror.example.org/base/", Production = true }, OwnerId: 7);
}
