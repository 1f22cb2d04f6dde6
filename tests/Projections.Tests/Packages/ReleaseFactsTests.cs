using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class ReleaseFactsTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Builds_are_signed_for_a_release_when_their_files_are()
    {
        var platform = Debian("x3") with { Name = "Signed", Type = PlatformType.Rpm };
        var build = await packages.RequestAsync(BuildForm.Documented, [platform], Source("tree"), Source("bush"));
        var (one, two) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId);
        await SucceedAsync(build, one, Rpm(41, "tree-1-1.src.rpm"), Log(42));
        await packages.AppendAsync(build.BuildId.StreamKey, new BuildSigned(build.BuildId, new(1), [one]));
        Assert.False(await IsSignedAsync()); // the signature of the file is on its way

        await packages.AppendAsync(one.StreamKey, new BuildArtifactsSigned(one, build.BuildId, new(1), [Rpm(41, "tree-1-1.src.rpm") with { SignKeyId = new(1) }]));
        Assert.True(await IsSignedAsync());

        await SucceedAsync(build, two, Rpm(43, "bush-1-1.src.rpm")); // and the build has yet to hear of it
        Assert.False(await IsSignedAsync());

        async Task<bool> IsSignedAsync() => (await packages.ReadAsync(async s =>
            await s.SignaturesOfAsync([(await s.LoadAsync<BuildDetails>(build.BuildId.StreamKey, Token))!], new HashSet<int> { platform.PlatformId.Value }, Token)))[0].IsSigned;
    }

    private static BuildArtifact Rpm(int id, string name) => new(id, name, ArtifactType.Rpm, $"/a/{id}/", $"{id:x64}", 10);

    private async Task SucceedAsync(BuildRequested build, BuildTaskId task, params BuildArtifact[] artifacts) =>
        await packages.AppendAsync(
            task.StreamKey, new BuildTaskReported(task, build.BuildId, Report(NodeA, artifacts)), new BuildTaskSucceeded(task, build.BuildId, artifacts));
}
