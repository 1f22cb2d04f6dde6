namespace EventSourced.Domain.Packages.Platforms;

/// <summary>A distribution that packages are built for.</summary>
public sealed record Platform(
    string Id, PlatformId PlatformId, string Name, PlatformType Type, PlatformSettings Settings, IReadOnlyList<RepositoryId> Repositories)
{
    public static Platform Create(PlatformCreated e) => new(e.PlatformId.StreamKey, e.PlatformId, e.Name, e.Type, e.Settings, []);

    public Platform Apply(PlatformUpdated e) => this with { Type = e.Type ?? Type, Settings = Settings.With(e.Changes) };

    public Platform Apply(PlatformRepositoriesLinked e) => this with { Repositories = [.. Repositories, .. e.Repositories] };

    public Platform Apply(PlatformRepositoriesUnlinked e) => this with { Repositories = [.. Repositories.Except(e.Repositories)] };
}

/// <summary>Who owns a platform name. Ids come from a sequence, so the name's uniqueness needs a stream of its own.</summary>
public sealed record PlatformName(string Id, PlatformId Owner)
{
    public static string KeyOf(string name) => $"platform_name-{name}";

    public static PlatformName Create(PlatformNameTaken e) => new(KeyOf(e.Name), e.PlatformId);
}
