using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Domain.Packages.Repositories;

/// <summary>Makes a repository. A taken identity is an existing stream.</summary>
public sealed record CreateRepository(NewRepository Repository);

public static class CreateRepositoryHandler
{
    public static IReadOnlyList<NewStream> Handle(CreateRepository command) => StreamsOf(command.Repository);

    public static IReadOnlyList<NewStream> StreamsOf(NewRepository repository)
    {
        if (RepositoryName.BelongsToBuilds(repository.Identity.Name))
            throw new RuleViolationException(RepositoryErrors.NameReserved, $"'{repository.Identity.Name}' is a name for repositories of builds.");

        if (repository.Identity.Type is "deb" && !DebianArch.IsName(repository.Identity.Arch))
            throw new RuleViolationException(RepositoryErrors.ArchInvalid, $"'{repository.Identity.Arch}' of {repository.Identity.Name} is not how Debian names an arch.");

        var settings = repository.Settings with { Url = RepositoryAddress.Normal(repository.Settings.Url) };
        RepositoryAddress.RefuseUnserved(repository.Identity.Name, settings);
        return
        [
            new NewStream<RepositoryName>(RepositoryName.KeyOf(repository.Identity), [new RepositoryNameTaken(repository.Identity, repository.RepositoryId)]),
            new NewStream<Repository>(
                repository.RepositoryId.StreamKey,
                [new RepositoryCreated(repository.RepositoryId, repository.Identity, settings, repository.OwnerId, BuildId: null, PlatformId: null)]),
        ];
    }
}
