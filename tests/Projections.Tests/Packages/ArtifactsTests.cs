using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class ArtifactsTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Logs_are_found_by_build_and_name()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"));
        var task = build.Tasks[0].BuildTaskId;
        await packages.AppendAsync(task.StreamKey, new BuildTaskReported(task, build.BuildId, Report(NodeA, Package(1), Log(3), Log(2))));

        Assert.Equal(["albs.2.log", "albs.3.log"], (await packages.ReadAsync(s => s.BuildLogsAsync(build.BuildId, Token))).Select(l => l.Name));
        Assert.Equal(
            new ArtifactFile(3, task.Value, "albs.3.log", ArtifactType.BuildLog, "/a/3/", Log(3).Sha256, 10),
            await packages.ReadAsync(s => s.BuildLogAsync(build.BuildId, "albs.3.log", Token)));
        Assert.Null(await packages.ReadAsync(s => s.BuildLogAsync(build.BuildId, Package(1).Name, Token)));
        Assert.Null(await packages.ReadAsync(s => s.BuildLogAsync(new BuildId(build.BuildId.Value + 1), "albs.3.log", Token)));
    }

    [Fact]
    public async Task Files_of_failed_and_excluded_tasks_are_kept_too()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64", "arm64")], Source("a"));
        var (one, two) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId);
        await packages.AppendAsync(one.StreamKey, new BuildTaskFailed(one, build.BuildId, Report(NodeA, Log(12)), null));
        await packages.AppendAsync(two.StreamKey, new BuildTaskExcluded(two, build.BuildId, Report(NodeA, Log(13))));

        Assert.Equal([12, 13], (await packages.ReadAsync(s => s.BuildLogsAsync(build.BuildId, Token))).Select(l => l.ArtifactId));
    }

    [Fact]
    public async Task Files_of_another_package_under_the_same_name_are_found_once_they_were_looked_at()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64", "arm64")], Source("a"), Source("b"));
        var (first, same, other) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId, build.Tasks[2].BuildTaskId);
        var (sent, mine) = (Package(31), Package(32) with { Name = Package(31).Name });
        await packages.AppendAsync(first.StreamKey, new BuildTaskReported(first, build.BuildId, Report(NodeA, sent)));
        Assert.Empty(await NamesakesAsync(other, mine));

        await packages.AppendAsync(first.StreamKey, new BuildTaskSucceeded(first, build.BuildId, [LookedAt(sent)]));

        Assert.Equal([31], (await NamesakesAsync(other, mine)).Select(a => a.ArtifactId));
        Assert.Empty(await NamesakesAsync(same, mine));
        Assert.Empty(await NamesakesAsync(other, mine with { Sha256 = sent.Sha256 }));
        Assert.Empty(await NamesakesAsync(other, mine with { Name = "another" }));

        async Task<IReadOnlyList<ArtifactFile>> NamesakesAsync(BuildTaskId task, BuildArtifact file)
        {
            var details = (await packages.LoadAsync<BuildTaskDetails>(task.StreamKey))!;
            return await packages.ReadAsync(s => s.NamesakesAsync(details, [file], Token));
        }
    }

    [Fact]
    public async Task What_a_task_was_handed_stays_where_it_lies_since_it_was_signed()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64", "arm64")], Source("a"));
        var (builder, other) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId);
        var (sent, signed) = (LookedAt(Package(41)), LookedAt(Package(41)) with { Href = "/a/42/", Sha256 = new string('4', 64) });
        await packages.AppendAsync(builder.StreamKey, new BuildTaskReported(builder, build.BuildId, Report(NodeA, sent)));
        await packages.AppendAsync(builder.StreamKey, new BuildArtifactsSigned(builder, build.BuildId, new(7), [signed]));

        await packages.AppendAsync(other.StreamKey, new BuildTaskSucceeded(other, build.BuildId, [sent]));

        Assert.True(await packages.ReadAsync(s => s.IsReportedAsync(signed.Sha256!, Token)));
        Assert.False(await packages.ReadAsync(s => s.IsReportedAsync(sent.Sha256!, Token)));
    }

    [Fact]
    public async Task A_digest_is_known_once_it_was_reported()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"));
        var task = build.Tasks[0].BuildTaskId;
        Assert.False(await packages.ReadAsync(s => s.IsReportedAsync(Package(21).Sha256!, Token)));

        await packages.AppendAsync(task.StreamKey, new BuildTaskReported(task, build.BuildId, Report(NodeA, Package(21))));

        Assert.True(await packages.ReadAsync(s => s.IsReportedAsync(Package(21).Sha256!, Token)));
    }
}
