using System.Collections.Immutable;

namespace EventSourced.Domain.Packages.Repositories;

/// <summary>What releases want of a repository: held until they are sure, then taken or dropped.</summary>
/// <param name="Held">Packages that are held, by release.</param>
/// <param name="Settled">How the last attempt of each release ended here.</param>
/// <param name="Delivered">Whose packages the last published version brought to clients, or took from them.</param>
public sealed record RepositoryReleases(
    ImmutableDictionary<ReleaseId, HeldPackages> Held, ImmutableDictionary<ReleaseId, SettledRelease> Settled, IReadOnlyList<SettledRelease> Delivered)
{
    /// <summary>What each release has brought here that has not been taken back, whether it was there already or not.</summary>
    public ImmutableDictionary<ReleaseId, IReadOnlyList<RepositoryPackage>> Out { get; private init; } =
        ImmutableDictionary<ReleaseId, IReadOnlyList<RepositoryPackage>>.Empty;

    public static RepositoryReleases None { get; } =
        new(ImmutableDictionary<ReleaseId, HeldPackages>.Empty, ImmutableDictionary<ReleaseId, SettledRelease>.Empty, []);

    public RepositoryReleases Hold(ReleasePackagesStaged e) => this with { Held = Held.SetItem(e.ReleaseId, new(e.Attempt, e.Packages)) };

    /// <summary>The release has nothing out here.</summary>
    public RepositoryReleases Settle(SettledRelease settled) => this with
    {
        Held = Held.GetValueOrDefault(settled.ReleaseId)?.Attempt > settled.Attempt ? Held : Held.Remove(settled.ReleaseId),
        Out = Out.Remove(settled.ReleaseId),
        Settled = Settled.SetItem(settled.ReleaseId, settled),
    };

    /// <summary>
    /// The release has nothing out here any more. What it had brought and another one has out too counts as brought by that one; who has replaced the rest has
    /// replaced what was there before it.
    /// </summary>
    public RepositoryReleases Leave(SettledRelease settled)
    {
        if (Settled.GetValueOrDefault(settled.ReleaseId) is not { } before)
            return Settle(settled);

        var kept = KeptFrom(before.ReleaseId, before.Brought);
        var inherited = kept.Aggregate(Settled, (all, k) => all.SetItem(k.Value, all[k.Value].Inherit(before, k.Key)));
        var gone = before.Brought.Where(p => !kept.ContainsKey(p.Path)).ToDictionary(p => p.Path, StringComparer.Ordinal);
        return (this with { Settled = inherited.ToImmutableDictionary(s => s.Key, s => s.Value.PassOver(before, gone)) }).Settle(settled);
    }

    public RepositoryReleases Take(ReleasePackagesTaken e)
    {
        var held = HeldFor(e.ReleaseId, e.Attempt) ?? [];
        var settled = new SettledRelease(e.ReleaseId, e.Attempt, e.Revision)
        {
            Brought = [.. held.Where(p => e.Brought?.Contains(p.Path) is not false)], Replaced = e.Replaced ?? [],
        };
        return Settle(settled) with { Out = Out.SetItem(e.ReleaseId, held) };
    }

    public RepositoryReleases Published(int before, int now) => this with { Delivered = WaitingFor(before, now) };

    /// <summary>Whose packages clients see, or no longer see, once they see a revision.</summary>
    /// <param name="before">The one that they see.</param>
    /// <param name="now">The revision.</param>
    public IReadOnlyList<SettledRelease> WaitingFor(int before, int now) =>
        [.. Settled.Values.Where(s => s.Revision > before && s.Revision <= now).OrderBy(s => s.ReleaseId.Value)];

    /// <summary>Which other releases have each of these very files out; those that none has are left out.</summary>
    public IReadOnlyDictionary<string, ReleaseId> KeptFrom(ReleaseId release, IReadOnlyList<RepositoryPackage> packages)
    {
        var byPath = packages.ToDictionary(p => p.Path, StringComparer.Ordinal);
        return Out.Where(o => o.Key != release).OrderBy(o => o.Key.Value)
            .SelectMany(o => o.Value.Where(p => byPath.TryGetValue(p.Path, out var same) && p.IsSameFileAs(same)), (o, package) => (Release: o.Key, package.Path))
            .GroupBy(kept => kept.Path, StringComparer.Ordinal).ToDictionary(kept => kept.Key, kept => kept.Last().Release, StringComparer.Ordinal);
    }

    /// <summary>What is held for this attempt; null when nothing is.</summary>
    public IReadOnlyList<RepositoryPackage>? HeldFor(ReleaseId release, int attempt) =>
        Held.GetValueOrDefault(release) is { } held && held.Attempt == attempt ? held.Packages : null;

    /// <summary>How this attempt, or a later one, ended here; null when it has not.</summary>
    public SettledRelease? SettledAs(ReleaseId release, int attempt) => Settled.GetValueOrDefault(release) is { } settled && settled.Attempt >= attempt ? settled : null;

    /// <summary>A release that holds another file at the package's path; null when there is none.</summary>
    public ReleaseId? HolderAgainst(RepositoryPackage package) =>
        Held.Where(h => h.Value.Packages.Any(p => p.Path == package.Path && !p.IsSameFileAs(package))).Select(h => (ReleaseId?)h.Key).FirstOrDefault();

    /// <summary>Another release that holds this path; null when there is none.</summary>
    public ReleaseId? HolderOf(string path, ReleaseId other) =>
        Held.Where(h => h.Key != other && h.Value.Packages.Any(p => p.Path == path)).Select(h => (ReleaseId?)h.Key).FirstOrDefault();
}

public sealed record HeldPackages(int Attempt, IReadOnlyList<RepositoryPackage> Packages);

/// <param name="ReleaseId">The release.</param>
/// <param name="Attempt">Its attempt.</param>
/// <param name="Revision">The one that clients have to see; null when nothing became of it.</param>
/// <param name="Warnings">What a person has to know of it; null without.</param>
public sealed record SettledRelease(ReleaseId ReleaseId, int Attempt, int? Revision, IReadOnlyList<string>? Warnings = null)
{
    /// <summary>What it put where that was not before.</summary>
    public IReadOnlyList<RepositoryPackage> Brought { get; init; } = [];

    /// <summary>What was there instead.</summary>
    public IReadOnlyList<RepositoryPackage> Replaced { get; init; } = [];

    /// <summary>It answers for a file that another release had brought; for one that it has brought itself, in between, it does already.</summary>
    internal SettledRelease Inherit(SettledRelease other, string path) => Brought.Any(p => p.Path == path) ? this : this with
    {
        Brought = [.. Brought, other.Brought.First(p => p.Path == path)], Replaced = [.. Replaced, .. other.Replaced.Where(p => p.Path == path)],
    };

    /// <summary>Instead of files that a release had brought, and that are gone with it, this one has replaced what that release had.</summary>
    /// <param name="other">The release.</param>
    /// <param name="gone">The files, by path.</param>
    internal SettledRelease PassOver(SettledRelease other, IReadOnlyDictionary<string, RepositoryPackage> gone)
    {
        var paths = Replaced.Where(p => gone.TryGetValue(p.Path, out var file) && file.IsSameFileAs(p)).Select(p => p.Path).ToHashSet(StringComparer.Ordinal);
        return paths is { Count: 0 } ? this
            : this with { Replaced = [.. Replaced.Where(p => !paths.Contains(p.Path)), .. other.Replaced.Where(p => paths.Contains(p.Path))] };
    }
}
