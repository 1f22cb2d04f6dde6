using System.Text.Json;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;
using Npgsql;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class NodeTaskTests : IAsyncLifetime
{
    private static readonly BuildPlatform Rpm = new(new PlatformId(8), "Demo-9", PlatformType.Rpm, ["x86_64", "i686"], ["x86_64", "i686"], true, false);

    private readonly PackagesDatabase packages = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await packages.InitializeAsync();
        foreach (var (id, arch) in new[] { (5001, "i686"), (5002, "x86_64"), (5003, "x86_64") })
            await packages.StartAsync(CreateRepositoryHandler.Handle(new(new NewRepository(new(id), new($"base-{id}", arch, "rpm", false), new(), OwnerId: 7))));

        await packages.StartAsync(CreatePlatformHandler.Handle(new(new PlatformId(8), "Demo-9", PlatformType.Rpm, new() { ArchList = ["x86_64", "i686"] }, [])));
        await packages.AppendAsync("platform-8", new PlatformRepositoriesLinked(new(8), [new(5003), new(5001), new(5002)]));
    }

    public ValueTask DisposeAsync() => packages.DisposeAsync();

    [Fact]
    public async Task Several_tasks_are_read_at_once_each_with_what_is_its_own()
    {
        var first = await packages.RequestAsync(BuildForm.Documented, [Rpm], Source("a"), Source("b"));
        var second = await LinkedToAsync(first.BuildId);
        var asked = first.Tasks.Concat(second.Tasks).Select(t => t.BuildTaskId).ToList();

        var found = await packages.ReadAsync(s => s.NodeTasksAsync([.. asked, new BuildTaskId(77_777)], Token));

        Assert.Equal(asked, found.Keys.OrderBy(id => id.Value));
        Assert.All(found, t => Assert.Equal((t.Key.Value, "Demo-9"), (t.Value.Task.Number, t.Value.Platform.Name)));
        Assert.Equal([first.BuildId.Value, second.BuildId.Value], found.Values.Select(t => t.Build.Number).Distinct().Order());
        foreach (var task in second.Tasks)
        {
            // The platform's in the order linked, then the build's, then those of the linked build.
            var node = found[task.BuildTaskId];
            string[] own = [$"Demo-9-{task.Arch}-{second.BuildId.Value}-br", $"Demo-9-{task.Arch}-{second.BuildId.Value}-debug-br"];
            string[] linked = [$"Demo-9-{task.Arch}-{first.BuildId.Value}-br", $"Demo-9-{task.Arch}-{first.BuildId.Value}-debug-br"];
            string[] platform = task.Arch == "x86_64" ? ["base-5003", "base-5002"] : ["base-5001"];
            Assert.Equal([.. platform, .. own, .. linked], node.RepositoriesToInstallFrom("no-such").Select(r => r.Name));
        }
    }

    [Fact]
    public async Task A_source_task_gets_the_repositories_of_the_arch_asked_for()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Rpm], Source("a"));
        var task = await ReadAsync(build.Tasks[0].BuildTaskId);
        var source = task with { Task = task.Task with { Arch = BuildPlan.Source } };

        Assert.Equal("base-5001", source.RepositoriesToInstallFrom("i686").First().Name);
        Assert.Equal("base-5003", source.RepositoriesToInstallFrom("x86_64").First().Name);
    }

    [Fact]
    public async Task What_builds_make_for_another_platform_is_not_told()
    {
        var other = Rpm with { PlatformId = new PlatformId(9), Name = "Other-9" };
        await packages.StartAsync(CreatePlatformHandler.Handle(new(other.PlatformId, other.Name, other.Type, new() { ArchList = other.PlatformArches }, [])));
        var first = await packages.RequestAsync(BuildForm.Documented, [other, Rpm], Source("a"));
        var second = await LinkedToAsync(first.BuildId, Rpm, other);

        foreach (var task in second.Tasks)
        {
            var name = task.PlatformId == Rpm.PlatformId ? Rpm.Name : other.Name;
            Assert.Equal(
                new[] { second, first }.SelectMany(b => new[] { $"{name}-{task.Arch}-{b.BuildId.Value}-br", $"{name}-{task.Arch}-{b.BuildId.Value}-debug-br" }),
                (await ReadAsync(task.BuildTaskId)).RepositoriesToInstallFrom("no-such").Where(r => r.BuildId is not null).Select(r => r.Name));
        }
    }

    [Fact]
    public async Task A_linked_build_that_was_made_for_other_platforms_only_offers_what_it_has()
    {
        var other = Rpm with { PlatformId = new PlatformId(10), Name = "Beta-9" };
        await packages.StartAsync(CreatePlatformHandler.Handle(new(other.PlatformId, other.Name, other.Type, new() { ArchList = other.PlatformArches }, [])));
        var first = await packages.RequestAsync(BuildForm.Documented, [other], Source("a"));
        var second = await LinkedToAsync(first.BuildId);

        var task = await ReadAsync(second.Tasks[0].BuildTaskId);

        Assert.Contains($"Beta-9-{task.Task.Arch}-{first.BuildId.Value}-br", task.RepositoriesToInstallFrom("no-such").Select(r => r.Name));
    }

    [Fact]
    public async Task What_a_build_made_for_another_platform_is_told_when_it_was_linked_to_this_one()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Rpm], Source("a"));
        var task = await ReadAsync(build.Tasks[0].BuildTaskId);
        var elsewhere = task.Repositories.First(r => r.Arch == task.Task.Arch && r.BuildId is not null) with { PlatformId = 9 };
        task = task with { Repositories = [elsewhere] };

        Assert.Empty(task.RepositoriesToInstallFrom("no-such"));
        Assert.Equal([elsewhere], (task with { Platform = task.Platform with { Repositories = [elsewhere.Number] } }).RepositoriesToInstallFrom("no-such"));
    }

    [Fact]
    public async Task A_repository_that_names_no_platform_is_told_for_its_arch_unless_its_packages_are_of_the_other_type()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Rpm], Source("a"));
        var task = await ReadAsync(build.Tasks[0].BuildTaskId);
        var known = task.Repositories.First(r => r.Arch == task.Task.Arch) with { PlatformId = null };
        task = task with { Repositories = [known with { Name = "old" }, known with { Type = "deb" }, known with { Name = "distribution", Type = known.Arch }, known with { Arch = "x86_64" }] };

        Assert.Equal(["old", "distribution"], task.RepositoriesToInstallFrom("no-such").Select(r => r.Name));
        var debian = task with { Platform = task.Platform with { Type = PlatformType.Deb } };
        Assert.Equal(["deb", known.Arch], debian.RepositoriesToInstallFrom("no-such").Select(r => r.Type));
    }

    [Fact]
    public async Task A_task_knows_the_source_it_was_handed()
    {
        var build = await LinkedToAsync((await packages.RequestAsync(BuildForm.Documented, [Rpm], Source("a"))).BuildId);
        var (builder, other) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId);
        Assert.Null((await ReadAsync(other)).SourcePackageUrl);

        var source = new BuildArtifact(31, "a-1-1.src.rpm", ArtifactType.Rpm, "/a/31/", $"{31:x64}");
        await packages.AppendAsync(other.StreamKey, new BuildTaskSourceHandedOver(other, build.BuildId, builder, new(source, "4f2a")));

        var told = await ReadAsync(other);
        Assert.Equal((source, "4f2a"), (told.Task.SourcePackage, told.Task.GitCommitHash));
        Assert.Equal([source], told.Task.Artifacts);
        Assert.Equal($"/pulp/content/builds/Demo-9-src-{build.BuildId.Value}-br/Packages/a/{source.Name}", told.SourcePackageUrl);
    }

    [Fact]
    public async Task What_a_task_costs_to_read_does_not_grow_with_builds_and_repositories()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Rpm], Source("a"));
        var few = await PagesReadAsync(build.Tasks[0].BuildTaskId);
        await packages.ExecuteAsync("""
            insert into mt_doc_repositorydetails (id, data, mt_dotnet_type, mt_version)
            select 'repository-' || n, jsonb_set(r.data, '{Number}', to_jsonb(n)), r.mt_dotnet_type, 1 from mt_doc_repositorydetails r, generate_series(10000, 30000) n where r.id = 'repository-5001';
            insert into mt_doc_builddetails (id, data, mt_dotnet_type, mt_version)
            select 'build-' || n, jsonb_set(b.data, '{Number}', to_jsonb(n)), b.mt_dotnet_type, 1 from (select * from mt_doc_builddetails limit 1) b, generate_series(10000, 30000) n;
            analyze
            """);

        Assert.InRange(await PagesReadAsync(build.Tasks[0].BuildTaskId), 1, few + 30);
    }

    private async Task<NodeTask> ReadAsync(BuildTaskId task) => (await packages.ReadAsync(s => s.NodeTaskAsync(task, Token)))!; // it was just asked for

    private async Task<BuildRequested> LinkedToAsync(BuildId other, params IReadOnlyList<BuildPlatform> platforms)
    {
        var request = new RequestBuild(new BuildId(900), 7, BuildForm.Documented, platforms is [] ? [Rpm] : platforms, [Source("c")], [], [], [other], null, [], false, null);
        var plan = request.Plan();
        request = request with
        {
            TaskIds = [.. Enumerable.Range(9000, plan.Tasks.Count).Select(n => new BuildTaskId(n))],
            RepositoryIds = [.. Enumerable.Range(9000, plan.Repositories.Count).Select(n => new RepositoryId(n))],
        };
        var streams = RequestBuildHandler.Handle(request);
        await packages.StartAsync(streams);
        return (BuildRequested)streams[0].Events[0];
    }

    private async Task<int> PagesReadAsync(BuildTaskId task)
    {
        await using var connection = await packages.DataSource.OpenConnectionAsync(Token);
        await using var command = new NpgsqlCommand(
            $"explain (analyze, buffers, timing off, format json) {NodeTaskQueries.Find.Replace("(?::", "($1::", StringComparison.Ordinal)}", connection);
        command.Parameters.Add(new() { Value = new[] { task.StreamKey } });
        var plan = (string)(await command.ExecuteScalarAsync(Token))!;
        var root = JsonDocument.Parse(plan).RootElement[0].GetProperty("Plan");
        return root.GetProperty("Shared Hit Blocks").GetInt32() + root.GetProperty("Shared Read Blocks").GetInt32();
    }
}
