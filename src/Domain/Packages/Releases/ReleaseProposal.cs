using System.Text.Json;
using System.Text.Json.Nodes;
using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Domain.Packages.Releases;

/// <summary>A repository that packages may go to.</summary>
public sealed record ReleaseRepository(RepositoryId RepositoryId, string Name, string Arch, bool Debug, string Url);

/// <summary>A package of that file name which a repository has, published or about to be.</summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="FileName">The package's.</param>
/// <param name="Sha256">Digest of its bytes; null where none was sent.</param>
/// <param name="Href">The artifact it is, where we do not hold its bytes.</param>
public sealed record PackageInRepository(RepositoryId RepositoryId, string FileName, string? Sha256, string? Href = null);

/// <summary>The platform that packages are released to.</summary>
/// <param name="Name">Its name, with or without the version.</param>
/// <param name="Version">Its version.</param>
/// <param name="Type">What kind of packages it has.</param>
/// <param name="Arches">All of them.</param>
/// <param name="Repositories">Possible targets.</param>
/// <param name="Predictions">What the beholder said; null when it was not asked, or did not answer.</param>
public sealed record ReleaseDestination(
    string Name, string Version, PlatformType Type, IReadOnlyList<string> Arches, IReadOnlyList<ReleaseRepository> Repositories,
    ReleasePredictions? Predictions = null)
{
    /// <summary><c>almalinux-8-devel</c> when asked for <c>devel</c>.</summary>
    internal ReleaseRepository? Find(string repository, string arch, bool debug)
    {
        var name = $"{DistributionName.Of(Name).ToLowerInvariant()}-{Version}-{repository}";
        return Repositories.FirstOrDefault(r => r.Name == name && r.Arch == arch && r.Debug == debug);
    }
}

/// <summary>The plan we propose (albs 13.1 and 13.3): everything where the beholder predicts it, or into the development repositories.</summary>
public static class ReleaseProposal
{
    private const int UnknownTrust = 0;

    public static FreeJson Of(ReleaseDestination to, IReadOnlyList<BuiltPackage> packages, IReadOnlyList<PackageInRepository> present)
    {
        var plan = new JsonObject
        {
            ["packages"] = new JsonArray([.. packages.Select(package => (JsonNode)Entry(to, package, present))]),
            ["repositories"] = new JsonArray([.. to.Repositories.Select(repository => (JsonNode)Describe(repository))]),
            ["modules"] = new JsonArray(),
        };
        AddPresent(plan, packages, present);
        return new(JsonSerializer.SerializeToElement(plan));
    }

    /// <summary>Somebody's plan, with what its targets have by now.</summary>
    public static FreeJson Refreshed(FreeJson plan, IReadOnlyList<BuiltPackage> packages, IReadOnlyList<PackageInRepository> present)
    {
        if (JsonObject.Create(plan.Value) is not { } changed)
            return plan;

        AddPresent(changed, packages, present);
        return new(JsonSerializer.SerializeToElement(changed));
    }

    /// <summary>Where a package would go; what does not exist is left out, and then a person has to say where.</summary>
    public static IReadOnlyList<ReleaseRepository> TargetsOf(ReleaseDestination to, BuiltPackage package) =>
        [.. ProposedFor(to, package).Select(target => target.Repository)];

    private static IReadOnlyList<ProposedTarget> ProposedFor(ReleaseDestination to, BuiltPackage package) =>
        to.Predictions?.TargetsOf(to, package) is [_, ..] predicted ? predicted :
        [
            .. ArchesOf(to, package).Select(arch => Development(to, package, arch)).OfType<ReleaseRepository>()
                .Select(repository => new ProposedTarget(repository, to.Predictions is null ? null : UnknownTrust, Match: null)),
        ];

    private static IReadOnlyList<string> ArchesOf(ReleaseDestination to, BuiltPackage package) => package switch
    {
        { IsSource: true } => [ReleasePlan.Source],
        { IsForEveryArch: true } => to.Type is PlatformType.Deb ? to.Arches : [.. package.TaskArches.Where(arch => arch is not ReleasePlan.Source)],
        _ => [to.Type is PlatformType.Deb ? package.Arch : package.TaskArches[0]],
    };

    private static ReleaseRepository? Development(ReleaseDestination to, BuiltPackage package, string arch)
    {
        var debug = package is { IsDebug: true, IsSource: false } ? to.Find("devel-debuginfo", arch, debug: true) : null;
        return debug ?? (package.IsDebug && to.Type is PlatformType.Rpm ? null : to.Find("devel", arch, debug: false)); // apt has one place for both
    }

    private static JsonObject Entry(ReleaseDestination to, BuiltPackage package, IReadOnlyList<PackageInRepository> present)
    {
        var (file, meta) = (package.Artifact, package.Artifact.Meta);
        var isPresent = present.Any(p => IsSameFile(p, package));
        var targets = ProposedFor(to, package);
        var arches = targets.Any(t => t.Match is not null) ? targets.Select(t => t.Repository.Arch).Distinct() : ArchesOf(to, package);
        return new()
        {
            ["package"] = new JsonObject
            {
                ["name"] = meta?.Name ?? package.FileName,
                ["epoch"] = meta?.Epoch ?? "0",
                ["version"] = meta?.Version ?? "",
                ["release"] = meta?.Release ?? "",
                ["arch"] = package.Arch,
                ["full_name"] = package.FileName,
                ["artifact_href"] = file.Href,
                ["sha256"] = file.Sha256,
                ["cas_hash"] = file.CasHash,
                ["href_from_repo"] = isPresent ? file.Href : null,
                ["build_id"] = package.BuildId.Value,
                ["source"] = package.Source,
                ["task_arch"] = package.TaskArches[0],
                ["force"] = false,
                ["force_not_notarized"] = false,
            },
            ["repositories"] = new JsonArray([.. targets.Select(target => (JsonNode)Describe(target))]),
            ["repo_arch_location"] = new JsonArray([.. arches.Select(arch => (JsonNode)arch)]),
        };
    }

    private static JsonObject Describe(ProposedTarget target)
    {
        var described = Describe(target.Repository);
        if (target.Trust is { } trust)
            described["trustness"] = trust;

        if (target.Match is { } match)
            described["matched"] = BeholderAnswer.WordFor(match);

        return described;
    }

    private static JsonObject Describe(ReleaseRepository repository) => new()
    {
        ["id"] = repository.RepositoryId.Value,
        ["name"] = repository.Name,
        ["arch"] = repository.Arch,
        ["debug"] = repository.Debug,
        ["url"] = repository.Url,
    };

    private static void AddPresent(JsonObject plan, IReadOnlyList<BuiltPackage> packages, IReadOnlyList<PackageInRepository> present)
    {
        var (from, with) = (new JsonObject(), new JsonObject());
        foreach (var package in packages)
        {
            var found = present.Where(p => p.FileName == package.FileName).OrderBy(p => p.RepositoryId.Value).ToList();
            if (found is not [])
                with[package.FileName] = new JsonArray([.. found.Select(p => (JsonNode)p.RepositoryId.Value)]);

            if (found.Find(p => IsSameFile(p, package)) is { } same)
                from[package.FileName] = same.RepositoryId.Value;
        }

        (plan["packages_from_repos"], plan["packages_in_repos"]) = (from, with);
    }

    private static bool IsSameFile(PackageInRepository present, BuiltPackage package) =>
        present.FileName == package.FileName
        && (present.Sha256 is not null && package.Artifact.Sha256 is not null ? present.Sha256 == package.Artifact.Sha256 : present.Href == package.Artifact.Href);
}
