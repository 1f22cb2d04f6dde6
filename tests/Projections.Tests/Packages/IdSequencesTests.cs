namespace EventSourced.Projections.Tests.Packages;

public sealed class IdSequencesTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ids_ascend_and_are_never_drawn_twice()
    {
        var tasks = await packages.ReadAsync(s => s.NextIdsAsync<BuildTaskId>(3, Token));
        var more = await packages.ReadAsync(s => s.NextIdsAsync<BuildTaskId>(2, Token));

        Assert.Equal([1, 2, 3, 4, 5], tasks.Concat(more).Select(t => t.Value));
    }

    [Fact]
    public async Task Every_kind_of_thing_has_a_sequence_of_its_own()
    {
        Assert.Equal(new PlatformId(1), await packages.ReadAsync(s => s.NextIdAsync<PlatformId>(Token)));
        Assert.Equal(new RepositoryId(1), await packages.ReadAsync(s => s.NextIdAsync<RepositoryId>(Token)));
        Assert.Equal(new BuildId(1), await packages.ReadAsync(s => s.NextIdAsync<BuildId>(Token)));
        Assert.Equal(new NodeId(1), await packages.ReadAsync(s => s.NextIdAsync<NodeId>(Token)));
        Assert.Equal([1, 2], await packages.ReadAsync(s => s.NextArtifactIdsAsync(2, Token)));
    }
}
