using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Nodes;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

/// <summary>Every read model as it was written live, beside the same one made from the events alone.</summary>
public sealed class LiveEqualsRebuiltTests(PackagesDatabase live) : IClassFixture<PackagesDatabase>
{
    private static readonly ProjectionBase[] Projections =
    [
        .. typeof(PackagesProjections).Assembly.GetTypes().Where(t => t.Namespace == typeof(PackagesProjections).Namespace && t.IsSubclassOf(typeof(ProjectionBase)))
            .Select(t => (ProjectionBase)Activator.CreateInstance(t)!),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_read_model_is_the_same_from_events_alone()
    {
        await TellAsync();
        var told = await ContentsAsync(live);
        await using var copy = (PackagesDatabase)await live.CloneAsync();
        await CopyAsync("mt_streams", copy);
        await CopyAsync("mt_events", copy);
        await ProjectAsync(copy);

        Assert.Equal(9, Projections.Length);
        Assert.All(told, table => Assert.NotEmpty(table.Rows));
        Assert.Equal(told, await ContentsAsync(copy));

        await using var daemon = live.Store.BuildProjectionDaemon();
        foreach (var projection in Projections)
            await daemon.RebuildProjectionAsync(NameOf(projection), Token);

        Assert.Equal(told, await ContentsAsync(live));

        // The queue goes on where it was, in the tables that were swapped in.
        Assert.NotNull(await live.ClaimAsync(Claim(NodeA)));
        Assert.NotEqual(told, await ContentsAsync(live));
    }

    private static string NameOf(ProjectionBase projection) =>
        projection is EventProjection ? projection.GetType().FullName! : projection.GetType().BaseType!.GenericTypeArguments[0].Name; // a class has a name

    private static async Task<List<(string Table, string Rows)>> ContentsAsync(PackagesDatabase database)
    {
        var contents = new List<(string, string)>();
        foreach (var table in Projections.SelectMany(TablesOf))
            contents.Add((table, string.Join('\n', await RowsAsync(database, table))));

        return contents;
    }

    private static IEnumerable<string> TablesOf(ProjectionBase projection) => projection is EventProjection flat
        ? flat.Tables
        : [$"mt_doc_{projection.GetType().BaseType!.GenericTypeArguments[0].Name.ToLowerInvariant()}"];

    private static async Task<List<string>> RowsAsync(PackagesDatabase database, string table)
    {
        await using var command = database.DataSource.CreateCommand($"select (to_jsonb(t) - 'mt_last_modified')::text from {table} t order by 1");
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<string>();
        while (await reader.ReadAsync(Token))
            rows.Add(reader.GetString(0));

        return rows;
    }

    private static async Task ProjectAsync(PackagesDatabase rebuilt)
    {
        await using var store = DocumentStore.For(options =>
        {
            options.ConnectionString = rebuilt.ConnectionString;
            options.AddPackagesSchema();
            foreach (var projection in Projections)
                options.Projections.Add(projection, ProjectionLifecycle.Async);
        });
        await using var daemon = store.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        await daemon.WaitForNonStaleData(TimeSpan.FromMinutes(1));
    }

    private async Task CopyAsync(string table, PackagesDatabase to)
    {
        await using var source = await live.DataSource.OpenConnectionAsync(Token);
        await using var target = await to.DataSource.OpenConnectionAsync(Token);
        await using var read = await source.BeginRawBinaryCopyAsync($"copy {table} to stdout (format binary)", Token);
        await using var write = await target.BeginRawBinaryCopyAsync($"copy {table} from stdin (format binary)", Token);
        await read.CopyToAsync(write, Token);
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
        await PublishAsync(build.Repositories[0]);
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
        await live.ClaimAsync(Claim(NodeA, "amd64"));
        await live.AppendAsync(second.StreamKey, new BuildTaskFailed(second, build.BuildId, Report(NodeA, Log(3)), null));
        await live.ClaimAsync(Claim(NodeA, "arm64"));
        await live.AppendAsync(third.StreamKey, new BuildTaskExcluded(third, build.BuildId, Report(NodeA)));
        await live.ClaimAsync(Claim(NodeA, "src"));
        await live.AppendAsync(
            build.BuildId.StreamKey, new BuildTaskOutcomeRecorded(build.BuildId, first, BuildTaskOutcome.Completed), new BuildFinished(build.BuildId, 1, 1, 1));
    }

    private async Task PublishAsync(RepositoryId repository)
    {
        for (var version = 1; version <= 5; version++)
        {
            var file = $"p{version % 2}.deb";
            await live.AppendAsync(
                repository.StreamKey, new RepositoryPackagesAdded(repository, version, [new(RepositoryPackage.PathOf(file), file, "/a/", $"d{version}", 5)]));
            await live.AppendAsync(repository.StreamKey, new RepositoryVersionPublished(repository, version, [new("InRelease", $"r{version}", 7)], "AB12"));
        }
    }
}
