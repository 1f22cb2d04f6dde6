using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Tests.Packages.Releases;

/// <summary>A release's history in the words of the domain: one package into two repositories.</summary>
internal static class Releasing
{
    public static readonly DateTimeOffset Now = new(2026, 5, 1, 10, 20, 30, TimeSpan.Zero);
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);
    public static readonly ReleaseId Id = new(5);
    public static readonly BuildId OneBuild = new(40);
    public static readonly RepositoryId First = new(11), Second = new(12);

    public static readonly BuildArtifact Tally =
        new(900, "tally_1.0_amd64.deb", ArtifactType.Deb, "/a/1/", "aa11", 100, null, new("tally", "0", "1.0", null, "amd64", "aa11", "tally"));

    public static readonly BuiltPackage Built = new(OneBuild, Tally, ["amd64"]);

    public static FreeJson Plan { get; } = PlanOf("""{"package": {"full_name": "tally_1.0_amd64.deb"}, "repositories": [{"id": 12}, {"id": 11}]}""");

    public static FreeJson PlanOf(string packages, string more = "") => FreeJson.Parse($$"""{"packages": [{{packages}}], "repositories": [{"id": 11}]{{more}}}""");

    public static ReleasePlanned Planned(FreeJson? plan = null, int? product = null) =>
        new(Id, 7, new PlatformId(8), product, product is null ? new PlatformId(8) : null, [OneBuild], null, plan ?? Plan);

    public static IReadOnlyList<ReleaseTarget> Targets => [new(First, [new(Built.InRepository, false)]), new(Second, [new(Built.InRepository, false)])];

    public static ReleaseCommitBegun Begun(int attempt = 1) => new(Id, attempt, Targets, [], Lease, Now + Lease);

    public static ReleaseTargetStaged Staged(RepositoryId repository, int attempt = 1) => new(Id, attempt, repository);

    public static ReleaseTargetPublished Published(RepositoryId repository, int attempt = 1) => new(Id, attempt, repository);

    public static object[] Decided => [Planned(), Begun(), Staged(First), Staged(Second), new ReleaseDecided(Id, 1)];

    public static object[] Completed => [.. Decided, Published(First), Published(Second), new ReleaseCompleted(Id, 1, "Successfully committed release")];

    public static ReleaseFailed Failed(string reason, int attempt = 1) => new(Id, attempt, $"Cannot commit release: {reason}");

    public static CommitRelease Commit(params RepositoryId[] known) =>
        new(Id, [Built], [new BuildSignature(OneBuild, IsSigned: false, null)], known is [] ? [First, Second] : known, Lease);
}
