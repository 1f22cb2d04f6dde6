namespace EventSourced.Domain.Packages.Platforms;

/// <summary>Adds repositories to a platform; those it has already stay as they are.</summary>
public sealed record LinkPlatformRepositories(PlatformId PlatformId, IReadOnlyList<RepositoryId> Repositories);

public static class LinkPlatformRepositoriesHandler
{
    public static IReadOnlyList<IPlatformEvent> Handle(LinkPlatformRepositories command, Platform? platform)
    {
        if (platform is null)
            throw new RuleViolationException(PlatformErrors.Unknown, $"There is no {command.PlatformId.StreamKey}.");

        var added = command.Repositories.Except(platform.Repositories).ToList();
        return added is [] ? [] : [new PlatformRepositoriesLinked(platform.PlatformId, added)];
    }
}
