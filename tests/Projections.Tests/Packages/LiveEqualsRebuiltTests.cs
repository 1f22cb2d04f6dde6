using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Nodes;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Domain.Packages.Signing;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

/// <summary>Every read model as it was written live, beside the same one made from the events alone.</summary>
public sealed class LiveEqualsRebuiltTests(PackagesDatabase live) : IClassFixture<PackagesDatabase>
{
    private static readonly IReadOnlyList<ProjectionBase> Projections = RebuiltCopy.ProjectionsBeside(typeof(PackagesProjections));

    private readonly RebuiltCopy rebuilt = new(Projections, options =>
    {
        options.AddPackagesEvents();
        options.Schema.Scripts(PackagesProjections.Scripts);
    });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_read_model_is_the_same_from_events_alone()
    {
        await TellAsync();
        var told = await rebuilt.ContentsAsync(live);
        await using var copy = await live.CloneAsync();
        await rebuilt.ProjectAsync(live, copy);

        Assert.Equal(14, Projections.Count);
        Assert.All(told, table => Assert.NotEmpty(table.Rows));
        Assert.Equal(told, await rebuilt.ContentsAsync(copy));

        await using var daemon = live.Store.BuildProjectionDaemon();
        foreach (var projection in Projections)
            await daemon.RebuildProjectionAsync(RebuiltCopy.NameOf(projection), Token);

        Assert.Equal(told, await rebuilt.ContentsAsync(live));

        // The queue goes on where it was, in the tables that were swapped in.
        Assert.NotNull(await live.ClaimAsync(Claim(NodeA)));
        Assert.NotEqual(told, await rebuilt.ContentsAsync(live));
    }

    private async Task TellAsync()
    {
        var platform = new PlatformId(8);
        var repository = new NewRepository(new RepositoryId(9001), new("base", "amd64", "deb", false), new() { Url = "https://mirror.example.org/" });
        await live.StartAsync(CreatePlatformHandler.Handle(new(platform, "Debian-12", PlatformType.Deb, new() { ArchList = ["amd64"] }, [repository])));
        await live.AppendAsync(platform.StreamKey, new PlatformUpdated(platform, null, new() { Priority = 3 }), new PlatformRepositoriesUnlinked(platform, [new(9001)]));
        await live.StartAsync(RegisterNodeHandler.Handle(new(new NodeId(1), "builder", ["amd64"])));
        await live.AppendAsync("node-1", new NodeRetired(new NodeId(1)));

        var build = await live.RequestAsync(BuildForm.Current, [Debian("amd64", "arm64")], Source("a"), Source("b"));
        await live.RequestAsync(BuildForm.Documented, [Debian("amd64"), Debian("amd64") with { PlatformId = new(9), Name = "Demo" }], Source("c"), Source("d"));
        await WorkAsync(build);
        await SignAsync(build);
        await PublishAsync(build.Repositories[0]);
        await ReleaseAsync(build);
    }

    private async Task ReleaseAsync(BuildRequested build)
    {
        var (release, repository) = (new ReleaseId(1), build.Repositories[1]);
        var plan = FreeJson.Parse("""{"packages": [{"package": {"name": "hello", "full_name": "p1.deb"}, "repositories": []}], "mine": 1}""");
        await live.StartAsync(PlanReleaseHandler.Handle(new(release, 7, new PlatformId(8), 1, null, [build.BuildId], null, FreeJson.Parse("{}"))));
        await live.StartAsync(PlanReleaseHandler.Handle(new(new(2), 7, new PlatformId(8), null, new PlatformId(8), [build.BuildId], [build.Tasks[0].BuildTaskId], plan)));
        await live.AppendAsync(
            release.StreamKey, new ReleasePlanChanged(release, [build.BuildId], null, plan), new ReleaseFailed(release, 1, "no"),
            new ReleaseCommitBegun(release, 2, [], [], TimeSpan.FromMinutes(5), live.Clock.GetUtcNow()), new ReleaseTargetStaged(release, 2, repository),
            new ReleaseDecided(release, 2), new ReleaseTargetPublished(release, 2, repository), new ReleaseCompleted(release, 2, "done"),
            new ReleaseUndoBegun(release, 3, "no", live.Clock.GetUtcNow()), new ReleaseRevertBegun(release, 3, TimeSpan.FromMinutes(5), live.Clock.GetUtcNow()), new ReleaseReverted(release, 3, "back"));
        await live.AppendAsync("release-2", new ReleaseDeleted(new(2)));
        await live.AppendAsync(build.BuildId.StreamKey, new BuildReleaseFailed(build.BuildId, release), new BuildReleased(build.BuildId, release));
        await live.AppendAsync(
            repository.StreamKey, new ReleasePackagesStaged(repository, release, 2, []), new RepositoryPackagesAdded(repository, 1, [new(RepositoryPackage.PathOf("p1.deb"), "p1.deb", "/a/", "d9", 5)]),
            new RepositoryPackagesRemoved(repository, 2, [RepositoryPackage.PathOf("p1.deb")]),
            new ReleasePackagesWithdrawn(repository, release, 3, 2), new RepositoryVersionPublished(repository, 2, [new("InRelease", "r6", 7)], "AB12"),
            new ReleasePackagesUndone(repository, release, 4, 3, [new(RepositoryPackage.PathOf("p1.deb"), "p1.deb", "/a/", "d9", 5)], [RepositoryPackage.PathOf("p2.deb")]),
            new RepositoryPublicationFailed(repository, 3, "no", [new(release, 4)]));
    }

    private async Task WorkAsync(BuildRequested build)
    {
        var (first, second, third) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId, build.Tasks[2].BuildTaskId);
        await live.ClaimAsync(Claim(NodeA, "src"));
        live.Clock.Advance(TimeSpan.FromSeconds(40));
        await live.AppendAsync(first.StreamKey, new BuildTaskRequeued(first, build.BuildId, 1, "The node fell silent."));
        await live.ClaimAsync(Claim(NodeB, "src"));
        await live.AppendAsync(first.StreamKey, new BuildTaskReported(first, build.BuildId, Report(NodeB, Package(1), Log(2))));
        await live.AppendAsync(first.StreamKey, new BuildTaskSucceeded(first, build.BuildId, [LookedAt(Package(1)), Log(2)]));
        await live.AppendAsync(first.StreamKey, new NoarchPackagesTaken(first, build.BuildId, [LookedAt(Package(1)) with { Href = "/b/1/" }, LookedAt(Package(4))]));
        await live.HandOverAsync(first);
        await live.ClaimAsync(Claim(NodeA, "amd64"));
        await live.AppendAsync(second.StreamKey, new BuildTaskFailed(second, build.BuildId, Report(NodeA, Log(3)), null));
        await live.ClaimAsync(Claim(NodeA, "arm64"));
        await live.AppendAsync(
            third.StreamKey, new BuildTaskCancelRequested(third, build.BuildId), new BuildTaskReported(third, build.BuildId, Report(NodeA, Package(5)), BuildTaskOutcome.Excluded, "differs"),
            new BuildTaskExcluded(third, build.BuildId, Report(NodeA)));
        await live.ClaimAsync(Claim(NodeA, "src"));
        await live.AppendAsync(
            build.BuildId.StreamKey, new BuildTaskOutcomeRecorded(build.BuildId, first, BuildTaskOutcome.Completed), new BuildFinished(build.BuildId, 1, 1, 1));

        var cancelled = await live.RequestAsync(BuildForm.Current, [Debian("amd64")], Source("e"), Source("f"), Source("g"));
        var unrun = cancelled.Tasks[2].BuildTaskId;
        await live.AppendAsync(unrun.StreamKey, new BuildTaskCancelled(unrun, cancelled.BuildId, "cancelled"));
    }

    private async Task SignAsync(BuildRequested build)
    {
        var (first, key) = (build.Tasks[0].BuildTaskId, new SignKeyId(9001));
        SignTaskId done = new(9001), failed = new(9002), waiting = new(9003);
        await live.StartAsync(new NewStream<SignKey>(key.StreamKey, [new SignKeyRegistered(key, Key("AB12"))]));
        await live.AppendAsync(key.StreamKey, new SignKeyChanged(key, new() { Name = "other" }), new SignKeyArchived(key));
        foreach (var task in new[] { done, failed, waiting })
            await live.StartAsync(new NewStream<SignTask>(task.StreamKey, [new SignTaskRequested(task, build.BuildId, key, "AB12", "CD34AB12")]));

        SignReport report = new(NodeA, 1, [new(1, Package(1).Name, "/s/1/", null, "bb", null)], "/log/", live.Clock.GetUtcNow(), FreeJson.Parse("{}"), "e1");
        SignPackage unsigned = new(1, Package(1).Name, "amd64", ArtifactType.Deb, "/a/1/", "aa", null, "/files/1", [first]);
        await live.AppendAsync(done.StreamKey, new SignTaskAssigned(done, build.BuildId, NodeB, 1, live.Clock.GetUtcNow(), [unsigned], [first]), new SignTaskRequeued(done, build.BuildId, 1, "silent"));
        await live.AppendAsync(done.StreamKey, new SignTaskAssigned(done, build.BuildId, NodeA, 2, live.Clock.GetUtcNow(), []), new SignTaskReported(done, build.BuildId, report));
        await live.AppendAsync(done.StreamKey, new SignTaskCompleted(done, build.BuildId, report.Packages));
        await live.AppendAsync(failed.StreamKey, new SignTaskFailed(failed, build.BuildId, report, "no key"));
        await live.AppendAsync(waiting.StreamKey, new SignTaskAssigned(waiting, build.BuildId, NodeA, 1, live.Clock.GetUtcNow(), [unsigned], [first]));
        await live.AppendAsync(
            first.StreamKey, new BuildArtifactsSigned(first, build.BuildId, done, [LookedAt(Package(1)) with { Href = "/s/1/", Sha256 = "bb", SignKeyId = key }]));
        await live.AppendAsync(build.BuildId.StreamKey, new BuildSigned(build.BuildId, done, [first]), new BuildSignatureOutdated(build.BuildId), new BuildSigned(build.BuildId, done));
    }

    private async Task PublishAsync(RepositoryId repository)
    {
        for (var version = 1; version <= 5; version++)
        {
            var file = $"p{version % 2}.deb";
            await live.AppendAsync(
                repository.StreamKey, new RepositoryPackagesAdded(repository, version, [new(RepositoryPackage.PathOf(file), file, "/a/", $"d{version}", 5)]));
            await live.AppendAsync(repository.StreamKey, new RepositoryVersionPublished(repository, version, [new("InRelease", $"r{version}", 7)], "AB12"));
            live.Clock.Advance(TimeSpan.FromMinutes(4));
        }

        await live.AppendAsync(repository.StreamKey, new RepositoryPackagesRemoved(repository, 6, ["Packages/p/p1.deb"]), new RepositoryVersionPublished(repository, 6, [], null));
        await live.AppendAsync(
            repository.StreamKey, new RepositoryRolledBack(repository, 7, 5, [new("Packages/p/p1.deb", "p1.deb", "/a/", "d5", 5)], []), new RepositoryVersionPublished(repository, 7, [], null));
    }
}
