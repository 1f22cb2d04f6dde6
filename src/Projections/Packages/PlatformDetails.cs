using System.Text.Json;
using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Projections.Packages;

/// <summary>A platform as it stands.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="Number">The id the outside knows.</param>
/// <param name="Name">Unique.</param>
/// <param name="Type">What kind of packages it has.</param>
/// <param name="Settings">All that was said about it.</param>
/// <param name="Repositories">Ids of the linked repositories, in the order linked.</param>
public sealed record PlatformDetails(string Id, int Number, string Name, PlatformType Type, PlatformSettings Settings, IReadOnlyList<int> Repositories)
{
    /// <summary>Names of the platforms whose packages may be released to this one: its own, and those its <c>data</c> calls compatible.</summary>
    public IReadOnlyList<string> ReleasedFrom() =>
    [
        Name,
        .. Settings.Data is { Value: { ValueKind: JsonValueKind.Object } data } && data.TryGetProperty("compatible_release_platforms", out var names)
            && names.ValueKind is JsonValueKind.Array
                ? names.EnumerateArray().Where(n => n.ValueKind is JsonValueKind.String).Select(n => n.GetString()!) // of that kind, so not null
                : [],
    ];
}

public sealed partial class PlatformDetailsProjection : SingleStreamProjection<PlatformDetails, string>
{
    public static PlatformDetails Create(PlatformCreated e) => new(e.PlatformId.StreamKey, e.PlatformId.Value, e.Name, e.Type, e.Settings, []);

    public static PlatformDetails Apply(PlatformUpdated e, PlatformDetails view) =>
        view with { Type = e.Type ?? view.Type, Settings = view.Settings.With(e.Changes) };

    public static PlatformDetails Apply(PlatformRepositoriesLinked e, PlatformDetails view) =>
        view with { Repositories = [.. view.Repositories, .. e.Repositories.Select(r => r.Value)] };

    public static PlatformDetails Apply(PlatformRepositoriesUnlinked e, PlatformDetails view) =>
        view with { Repositories = [.. view.Repositories.Except(e.Repositories.Select(r => r.Value))] };
}

public static class PlatformQueries
{
    /// <summary>All platforms, by id.</summary>
    public static Task<IReadOnlyList<PlatformDetails>> PlatformsAsync(this IQuerySession session, CancellationToken token) =>
        session.QueryAsync<PlatformDetails>("order by (data ->> 'Number')::int", token);

    /// <summary>The platforms whose repositories tell where its packages belong, in the order given, and then itself.</summary>
    public static async Task<IReadOnlyList<PlatformDetails>> WithReferencesAsync(this IQuerySession session, PlatformDetails platform, CancellationToken token)
    {
        string[] names = [.. platform.Settings.ReferencePlatforms ?? []];
        var references = names is [] ? [] : await session.PlatformsNamedAsync(names, token);
        return [.. references.Where(p => p.Number != platform.Number).OrderBy(p => Array.IndexOf(names, p.Name)), platform];
    }

    /// <summary>Those of the names that are known.</summary>
    public static Task<IReadOnlyList<PlatformDetails>> PlatformsNamedAsync(this IQuerySession session, IReadOnlyCollection<string> names, CancellationToken token) =>
        session.QueryAsync<PlatformDetails>("where data ->> 'Name' = any(?)", token, [names.ToArray()]);
}
