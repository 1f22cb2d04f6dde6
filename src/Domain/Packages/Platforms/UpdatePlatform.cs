namespace EventSourced.Domain.Packages.Platforms;

/// <summary>Changes what is given and not null.</summary>
/// <param name="PlatformId">The platform.</param>
/// <param name="Type">Null leaves it.</param>
/// <param name="Changes">Each setting that is not null replaces the old one as a whole.</param>
/// <param name="Repositories">The full new list; null leaves the links alone.</param>
public sealed record UpdatePlatform(PlatformId PlatformId, PlatformType? Type, PlatformSettings Changes, IReadOnlyList<RepositoryId>? Repositories);

public static class UpdatePlatformHandler
{
    public static IReadOnlyList<IPlatformEvent> Handle(UpdatePlatform command, Platform? platform)
    {
        if (platform is null)
            throw new RuleViolationException(PlatformErrors.Unknown, $"There is no {command.PlatformId.StreamKey}.");

        var events = new List<IPlatformEvent>();
        var type = command.Type == platform.Type ? null : command.Type;
        var changes = platform.Settings.ChangesTo(command.Changes);
        if (type is not null || changes != PlatformSettings.None)
            events.Add(new PlatformUpdated(platform.PlatformId, type, changes));

        if (command.Repositories is { } wanted)
        {
            events.AddRange(UnlinkPlatformRepositoriesHandler.Handle(new(platform.PlatformId, [.. platform.Repositories.Except(wanted)]), platform));
            events.AddRange(LinkPlatformRepositoriesHandler.Handle(new(platform.PlatformId, wanted), platform));
        }

        return events;
    }
}
