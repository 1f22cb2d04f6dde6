using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.Platforms;

/// <summary>Changes what is given and not null: the platform, and the repositories that its new list makes or changes.</summary>
/// <param name="PlatformId">The platform.</param>
/// <param name="Type">Null leaves it.</param>
/// <param name="Changes">Each setting that is not null replaces the old one as a whole.</param>
/// <param name="Repositories">The full new list; null leaves the links alone.</param>
public sealed record UpdatePlatform(PlatformId PlatformId, PlatformType? Type, PlatformSettings Changes, IReadOnlyList<RepositoryId>? Repositories)
{
    /// <summary>Those of the list that are to be made.</summary>
    public IReadOnlyList<NewRepository> NewRepositories { get; init; } = [];

    /// <summary>Those of the list that exist, with what is said about them now.</summary>
    public IReadOnlyList<UpdateRepository> KnownRepositories { get; init; } = [];

    public IReadOnlyList<RepositoryId> RepositoryIds => [.. KnownRepositories.Select(r => r.RepositoryId)];
}

public static class UpdatePlatformHandler
{
    public static IReadOnlyList<object> Handle(UpdatePlatform command, Platform? platform, IReadOnlyList<Repository> repositories)
    {
        if (platform is null)
            throw new RuleViolationException(PlatformErrors.Unknown, $"There is no {command.PlatformId.StreamKey}.");

        return
        [
            .. Changed(command, platform),
            .. command.KnownRepositories.Select(r => Changed(r, repositories)).Where(r => r.Events is not []),
            .. command.NewRepositories.SelectMany(CreateRepositoryHandler.StreamsOf),
        ];
    }

    private static List<IPlatformEvent> Changed(UpdatePlatform command, Platform platform)
    {
        var events = new List<IPlatformEvent>();
        var type = command.Type == platform.Type ? null : command.Type;
        var changes = platform.Settings.ChangesTo(command.Changes);
        if (type is not null || changes.ArchList is not null)
            DebianArch.RefuseOthers(type ?? platform.Type, changes.ArchList ?? platform.Settings.ArchList);

        if (type is not null || changes != PlatformSettings.None)
            events.Add(new PlatformUpdated(platform.PlatformId, type, changes));

        if (command.Repositories is { } wanted)
        {
            events.AddRange(UnlinkPlatformRepositoriesHandler.Handle(new(platform.PlatformId, [.. platform.Repositories.Except(wanted)]), platform));
            events.AddRange(LinkPlatformRepositoriesHandler.Handle(new(platform.PlatformId, wanted), platform));
        }

        return events;
    }

    private static ChangedStream<Repository> Changed(UpdateRepository known, IReadOnlyList<Repository> repositories) => new(
        known.RepositoryId.StreamKey, UpdateRepositoryHandler.Handle(known, repositories.FirstOrDefault(r => r.RepositoryId == known.RepositoryId)));
}
