using EventSourced.Api.Hosting.Authentication;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>The one product there is from the start (albs 14.2): requests in the documented form belong to it, and every user is a member of its team.</summary>
public static class BuiltInProduct
{
    public const int Id = 1;
    public const string Name = "AlmaLinux", Team = "almalinux";

    /// <summary>The first administrator.</summary>
    public const int OwnerId = 1;

    public static ReleaseProductResponse InRelease { get; } = new(Id, Name, Title: Name, Description: null, IsCommunity: false);

    private static readonly string[] TeamRoles = ["manager", "contributor", "observer", "product_maintainer", "signer"];

    public static ProductTeamResponse TeamOf(AlbsOwner owner) => new(
        Id, Team, Members: [], owner, [new(Id, Name, Name)],
        [.. TeamRoles.Select((role, place) => new AlbsNamed(place + 1, $"{Team}_{role}"))]);

    public static AlbsOwner ToOwner(int id, KnownUser? user) =>
        new(id, user?.Login ?? $"user-{id}", user?.Mail ?? "", user?.Active ?? false, user?.IsAdministrator ?? false);
}
