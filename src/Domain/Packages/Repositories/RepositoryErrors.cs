namespace EventSourced.Domain.Packages.Repositories;

public static class RepositoryErrors
{
    public const string Unknown = "repository.unknown";
    public const string NameReserved = "repository.name_reserved";

    /// <summary>apt could read no index of it.</summary>
    public const string ArchInvalid = "repository.arch_invalid";

    /// <summary>A production repository would never answer there.</summary>
    public const string AddressInvalid = "repository.address_invalid";

    public const string RevisionUnknown = "repository.revision_unknown";
    public const string NothingHeld = "repository.nothing_held";
    public const string VersionUnknown = "repository.version_unknown";

    /// <summary>The earlier version has a package whose place is held for another file of a release.</summary>
    public const string HeldForRelease = "repository.held_for_release";
}
