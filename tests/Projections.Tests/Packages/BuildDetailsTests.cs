using EventSourced.Domain.Packages.Builds;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class BuildDetailsTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    [Fact]
    public async Task A_build_shows_what_was_asked_for_and_when_it_ended()
    {
        var asked = packages.Clock.GetUtcNow();
        var request = await packages.RequestAsync(BuildForm.Current, [Debian("amd64")], Source("a"), Source("b"));
        packages.Clock.Advance(TimeSpan.FromMinutes(3));
        await packages.AppendAsync(
            request.BuildId.StreamKey, new BuildTaskOutcomeRecorded(request.BuildId, request.Tasks[0].BuildTaskId, BuildTaskOutcome.Failed),
            new BuildFinished(request.BuildId, 3, 1, 0));

        var build = await packages.LoadAsync<BuildDetails>(request.BuildId.StreamKey);

        Assert.Equal((request.BuildId.Value, 7, BuildForm.Current, false), (build!.Number, build.OwnerId, build.Form, build.IsSecureBoot));
        Assert.Equal((asked, asked + TimeSpan.FromMinutes(3)), (build.CreatedAt, build.FinishedAt));
        Assert.Equal(request.Tasks.Select(t => t.BuildTaskId.Value), build.Tasks);
        Assert.Equal(request.Repositories.Select(r => r.Value), build.Repositories);
        Assert.Equal(["Debian-12"], build.Platforms.Select(p => p.Name));
        Assert.Empty(build.LinkedBuilds);
    }
}
