using System.Text.RegularExpressions;
using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Domain.Packages.Releases;

/// <summary>A target that is proposed for a package.</summary>
/// <param name="Repository">The target.</param>
/// <param name="Trust">1 is the most, then 2; 0 is unknown. Null where the beholder did not answer.</param>
/// <param name="Match">What it follows from; null where it was not predicted.</param>
internal sealed record ProposedTarget(ReleaseRepository Repository, int? Trust, BeholderMatch? Match);

/// <summary>Where packages of a release go because packages of the same name are there in other distributions (albs 13.3, rule 2).</summary>
public sealed partial class ReleasePredictions
{
    private const int MaximumTrust = 1, MediumTrust = 2;

    private readonly ILookup<string, ReferencePackage> known;
    private readonly ILookup<string, string> strongArches;

    private ReleasePredictions(IEnumerable<ReferencePackage> known, IEnumerable<WeakArch> weakArches)
    {
        this.known = known.ToLookup(p => p.Name, StringComparer.Ordinal);
        strongArches = weakArches.ToLookup(w => w.Name, w => w.DependsOn, StringComparer.Ordinal);
    }

    private bool TakesOtherVersions { get; init; }

    /// <summary>In the documented form only the same name, version and arch count.</summary>
    /// <param name="known">In the order in which they are preferred.</param>
    public static ReleasePredictions Documented(IEnumerable<ReferencePackage> known) => new(known, []);

    /// <summary>In the current form other versions count as well, and a weak arch goes where its strong one goes.</summary>
    /// <param name="known">In the order in which they are preferred.</param>
    /// <param name="weakArches">Of the platform that is released to.</param>
    public static ReleasePredictions Current(IEnumerable<ReferencePackage> known, IReadOnlyList<WeakArch> weakArches) =>
        new(known, weakArches) { TakesOtherVersions = true };

    /// <summary>The targets of the best match that has any; none where there is no such match.</summary>
    internal IReadOnlyList<ProposedTarget> TargetsOf(ReleaseDestination to, BuiltPackage package)
    {
        var (name, version) = (package.Artifact.Meta?.Name ?? package.FileName, package.Artifact.Meta?.Version);
        var like =
            from found in known[name]
            let isOwn = found.Arch == package.Arch
            where isOwn || strongArches[package.Arch].Contains(found.Arch)
            where TakesOtherVersions || found.Version == version
            let match = MatchOf(found, version)
            orderby match, isOwn descending
            select TargetsOf(to, found, package.Arch, match);
        return like.FirstOrDefault(targets => targets is not []) ?? [];
    }

    /// <summary>What another version is listed as says nothing, unless it is the closest there is.</summary>
    private static BeholderMatch MatchOf(ReferencePackage found, string? version) =>
        found.Listed is BeholderMatch.Closest ? BeholderMatch.Closest
        : found.Version == version ? found.Listed ?? BeholderMatch.Exact
        : BeholderMatch.NameOnly;

    private static IReadOnlyList<ProposedTarget> TargetsOf(ReleaseDestination to, ReferencePackage found, string arch, BeholderMatch match) =>
    [
        .. found.Repositories.Select(r => Counterpart(to, r.Name, r.Arch == found.Arch ? arch : r.Arch)).OfType<ReleaseRepository>().Distinct()
            .Select(repository => new ProposedTarget(repository, match is BeholderMatch.Exact ? MaximumTrust : MediumTrust, match)),
    ];

    /// <summary><c>almalinux-9-appstream</c> of <c>centos-stream-9-appstream</c>.</summary>
    private static ReleaseRepository? Counterpart(ReleaseDestination to, string name, string arch) =>
        OfDistribution().Match(name) is { Success: true } parts
            ? to.Find(parts.Groups["name"].Value, arch, debug: arch is not ReleasePlan.Source && name.EndsWith("debuginfo", StringComparison.Ordinal))
            : null;

    [GeneratedRegex(@"^.+?-\d[\d.]*-(?<name>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex OfDistribution();
}
