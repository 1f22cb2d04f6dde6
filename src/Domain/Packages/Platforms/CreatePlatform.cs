using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.Platforms;

/// <summary>Makes a platform, the listed repositories, and links them. A taken name is an existing stream.</summary>
public sealed record CreatePlatform(
    PlatformId PlatformId, string Name, PlatformType Type, PlatformSettings Settings, IReadOnlyList<NewRepository> Repositories);

public static class CreatePlatformHandler
{
    public static IReadOnlyList<NewStream> Handle(CreatePlatform command)
    {
        DebianArch.RefuseOthers(command.Type, command.Settings.ArchList);
        var created = new PlatformCreated(command.PlatformId, command.Name, command.Type, command.Settings);
        var linked = new PlatformRepositoriesLinked(command.PlatformId, [.. command.Repositories.Select(r => r.RepositoryId)]);

        return
        [
            new NewStream<PlatformName>(PlatformName.KeyOf(command.Name), [new PlatformNameTaken(command.Name, command.PlatformId)]),
            new NewStream<Platform>(command.PlatformId.StreamKey, linked.Repositories is [] ? [created] : [created, linked]),
            .. command.Repositories.SelectMany(CreateRepositoryHandler.StreamsOf),
        ];
    }
}
