namespace EventSourced.Domain.Packages.Platforms;

public interface IPlatformEvent
{
    PlatformId PlatformId { get; }
}

public sealed record PlatformCreated(PlatformId PlatformId, string Name, PlatformType Type, PlatformSettings Settings) : IPlatformEvent;

/// <summary>Only the settings that changed are set; each replaces the old value as a whole.</summary>
public sealed record PlatformUpdated(PlatformId PlatformId, PlatformType? Type, PlatformSettings Changes) : IPlatformEvent;

public sealed record PlatformRepositoriesLinked(PlatformId PlatformId, IReadOnlyList<RepositoryId> Repositories) : IPlatformEvent;

public sealed record PlatformRepositoriesUnlinked(PlatformId PlatformId, IReadOnlyList<RepositoryId> Repositories) : IPlatformEvent;

/// <summary>The first event of the stream <c>platform_name-NAME</c>: whoever starts it owns the name.</summary>
public sealed record PlatformNameTaken(string Name, PlatformId PlatformId) : IPlatformEvent;

public enum PlatformType
{
    Rpm,
    Deb,
}

/// <summary>An arch that may be missing, and the strong arch it copies from.</summary>
public sealed record WeakArch(string Name, string DependsOn);
