using System.Globalization;
using System.Text.Json;

namespace EventSourced.Domain.Packages.Releases;

/// <summary>What a commit reads of a plan. The plan itself is free JSON (albs 13.1), of which people and programs keep more than we know.</summary>
/// <param name="Packages">What goes where.</param>
/// <param name="HasRepositories">Whether it lists possible targets.</param>
/// <param name="Modules">How many modules it names.</param>
/// <param name="Unreadable">What of it cannot be understood; null when all can.</param>
public sealed record ReleasePlan(IReadOnlyList<PlannedPackage> Packages, bool HasRepositories, int Modules, string? Unreadable)
{
    /// <summary>The arch of repositories of source packages.</summary>
    public const string Source = "src";

    /// <summary>Every repository that a package goes to, by id.</summary>
    public IReadOnlyList<RepositoryId> Targets => [.. Packages.SelectMany(p => p.Repositories).Distinct().OrderBy(id => id.Value)];

    public static ReleasePlan Read(FreeJson plan)
    {
        var (json, none) = (plan.Value, new ReleasePlan([], HasRepositories: false, Modules: 0, Unreadable: null));
        if (json.ValueKind is not JsonValueKind.Object)
            return none with { Unreadable = "the plan is no object" };

        var packages = new List<PlannedPackage>();
        foreach (var (place, item) in ItemsOf(json, "packages").Index())
        {
            if (ReadPackage(item) is not { } package)
                return none with { Unreadable = $"packages[{place}] of the plan lacks package.full_name, or repositories with an id" };

            packages.Add(package);
        }

        return new(packages, ItemsOf(json, "repositories") is not [], ItemsOf(json, "modules").Count, Unreadable: null);
    }

    /// <summary>Names of packages, for those who look for a release by them.</summary>
    public static IReadOnlyList<string> NamesIn(FreeJson plan) => plan.Value.ValueKind is not JsonValueKind.Object ? [] :
    [
        .. ItemsOf(plan.Value, "packages").Where(item => item.ValueKind is JsonValueKind.Object)
            .Select(item => item.TryGetProperty("package", out var package) && package.ValueKind is JsonValueKind.Object
                && package.TryGetProperty("name", out var name) && name.ValueKind is JsonValueKind.String ? name.GetString() : null)
            .OfType<string>().Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>Which package goes to a repository that is none of these; null when all fit (albs 13.3).</summary>
    public string? MisplacedOutside(IReadOnlyCollection<RepositoryId> candidates) => Packages
        .SelectMany(p => p.Repositories.Except(candidates), (p, other) => $"{p.FileName} cannot go to repository {other.Value}, which is no production repository for it")
        .FirstOrDefault();

    /// <summary>The plan's packages as the builds have them, by target.</summary>
    public IReadOnlyList<ReleaseTarget> TargetsOf(IReadOnlyList<BuiltPackage> built)
    {
        var byName = built.ToDictionary(b => b.FileName, StringComparer.Ordinal);
        return
        [
            .. Targets.Select(id => new ReleaseTarget(
                id,
                [
                    .. Packages.Where(p => p.Repositories.Contains(id)).DistinctBy(p => p.FileName, StringComparer.Ordinal)
                        .Select(p => new ReleasePackage(byName[p.FileName].InRepository, p.IsForced)),
                ])),
        ];
    }

    /// <summary>Whether no person has to look at it: every package has a place to go to, and nothing of its name is there already.</summary>
    public bool IsSafe(IReadOnlyList<PackageInRepository> present) =>
        Unreadable is null && Modules is 0 && Packages is not [] && Packages.All(p => p.Repositories is not [])
        && !Packages.Any(p => present.Any(there => there.FileName == p.FileName && p.Repositories.Contains(there.RepositoryId)));

    /// <summary>What a commit leaves out.</summary>
    public IReadOnlyList<string> Warnings() =>
    [
        .. Packages.Where(p => p.Repositories is []).Select(p => $"{p.FileName} has no repository to go to and was left out."),
        .. Modules > 0 ? ["Modules are not released here."] : Array.Empty<string>(),
    ];

    private static PlannedPackage? ReadPackage(JsonElement item)
    {
        if (item.ValueKind is not JsonValueKind.Object || !item.TryGetProperty("package", out var package) || package.ValueKind is not JsonValueKind.Object
            || !package.TryGetProperty("full_name", out var name) || name.ValueKind is not JsonValueKind.String || name.GetString() is not { Length: > 0 } fileName)
            return null;

        var repositories = ItemsOf(item, "repositories").Select(RepositoryIn).ToList();
        return repositories.Contains(null) ? null
            : new(fileName, package.TryGetProperty("force", out var force) && force.ValueKind is JsonValueKind.True, [.. repositories.OfType<RepositoryId>().Distinct()]);
    }

    private static RepositoryId? RepositoryIn(JsonElement item) =>
        item.ValueKind is JsonValueKind.Object && item.TryGetProperty("id", out var id) && NumberIn(id) is { } number ? new(number) : null;

    /// <summary>Clients write integers as decimal strings too (albs 1.2).</summary>
    private static int? NumberIn(JsonElement id) => id.ValueKind switch
    {
        JsonValueKind.Number when id.TryGetInt32(out var number) => number,
        JsonValueKind.String when int.TryParse(id.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    private static List<JsonElement> ItemsOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) && list.ValueKind is JsonValueKind.Array ? [.. list.EnumerateArray()] : [];
}

/// <param name="FileName">Of the package.</param>
/// <param name="IsForced">Whether it may take the place of another file of its name.</param>
/// <param name="Repositories">Where it goes; none leaves it out.</param>
public sealed record PlannedPackage(string FileName, bool IsForced, IReadOnlyList<RepositoryId> Repositories);
