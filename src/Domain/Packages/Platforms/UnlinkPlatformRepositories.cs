namespace EventSourced.Domain.Packages.Platforms;

/// <summary>Takes repositories off a platform; the repositories themselves stay.</summary>
public sealed record UnlinkPlatformRepositories(PlatformId PlatformId, IReadOnlyList<RepositoryId> Repositories);

public static class UnlinkPlatformRepositoriesHandler
{
    public static IReadOnlyList<IPlatformEvent> Handle(UnlinkPlatformRepositories command, Platform? platform)
    {
        if (platform is null)
            throw new RuleViolationException(PlatformErrors.Unknown, $"There is no {command.PlatformId.StreamKey}.");

        var removed = platform.Repositories.Intersect(command.Repositories).ToList();
        return removed is [] ? [] : [new PlatformRepositoriesUnlinked(platform.PlatformId, removed)];
    }
}
