using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class BuildTaskDetailsTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_task_shows_what_it_builds()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a", "v1"));

        var task = await LoadAsync(build);

        Assert.Equal((build.BuildId.Value, 0, "amd64", BuildTaskStatus.Idle, 0), (task.BuildId, task.Index, task.Arch, task.Status, task.Attempt));
        Assert.Equal((Source("a", "v1"), "Debian-12"), (task.Ref, task.Platform.Name));
        Assert.Null(task.AssignedAt);
        Assert.Empty(task.Artifacts);
    }

    [Fact]
    public async Task An_assignment_shows_who_works_on_it_since_when()
    {
        var build = await BuildAsync(b => Assigned(b));

        var task = await LoadAsync(build);

        Assert.Equal((BuildTaskStatus.Started, NodeA, 1), (task.Status, task.Node, task.Attempt));
        Assert.Equal(packages.Clock.GetUtcNow(), task.AssignedAt);
    }

    [Fact]
    public async Task A_requeued_task_belongs_to_nobody()
    {
        var build = await BuildAsync(b => Assigned(b), b => new BuildTaskRequeued(TaskOf(b), b.BuildId, 1, "silent"));

        var task = await LoadAsync(build);

        Assert.Equal((BuildTaskStatus.Idle, null, null, null, 1), (task.Status, task.Node, task.AssignedAt, task.StartedAt, task.Attempt));
    }

    [Fact]
    public async Task A_success_shows_packages_with_what_they_say_about_themselves()
    {
        var looked = LookedAt(Package(1));
        var started = new DateTimeOffset(2025, 12, 31, 23, 0, 0, TimeSpan.Zero);
        var build = await BuildAsync(
            b => Assigned(b), b => new BuildTaskReported(TaskOf(b), b.BuildId, Report(NodeA, Package(1), Log(2)) with { StartedAt = started }),
            b => new BuildTaskSucceeded(TaskOf(b), b.BuildId, [looked, Log(2)]));

        var task = await LoadAsync(build);

        Assert.Equal((BuildTaskStatus.Completed, "4f2a", true, null), (task.Status, task.GitCommitHash, task.IsCasAuthenticated, task.Error));
        Assert.Equal((started, packages.Clock.GetUtcNow()), (task.StartedAt, task.FinishedAt));
        Assert.Equal([looked, Log(2)], task.Artifacts);
    }

    [Fact]
    public async Task A_report_has_yet_to_be_looked_at()
    {
        var build = await BuildAsync(b => Assigned(b), b => new BuildTaskReported(TaskOf(b), b.BuildId, Report(NodeA, Package(3))));

        var task = await LoadAsync(build);

        Assert.Equal((BuildTaskStatus.Reported, null), (task.Status, task.FinishedAt));
        Assert.Equal([Package(3)], task.Artifacts);
    }

    [Fact]
    public async Task A_failure_of_the_node_shows_its_logs()
    {
        var build = await BuildAsync(b => Assigned(b), b => new BuildTaskFailed(TaskOf(b), b.BuildId, Report(NodeA, Log(4)), null));

        var task = await LoadAsync(build);

        Assert.Equal((BuildTaskStatus.Failed, null), (task.Status, task.Error));
        Assert.Equal([Log(4)], task.Artifacts);
    }

    [Fact]
    public async Task The_source_package_that_was_handed_over_is_shown_once()
    {
        var (source, copy) = (Package(41) with { Name = "hello_1.0-1.dsc" }, Package(42) with { Name = "hello_1.0-1.dsc" });
        Func<BuildRequested, object> handed = b => new BuildTaskSourceHandedOver(TaskOf(b), b.BuildId, TaskOf(b), new TaskSource(source, "4f2a"));
        var failed = await BuildAsync(handed, b => Assigned(b), b => new BuildTaskFailed(TaskOf(b), b.BuildId, Report(NodeA, copy, Log(43)), null));
        var excluded = await BuildAsync(handed, b => Assigned(b), b => new BuildTaskExcluded(TaskOf(b), b.BuildId, Report(NodeA, copy, Log(44))));

        Assert.Equal([source, Log(43)], (await LoadAsync(failed)).Artifacts);
        Assert.Equal([source, Log(44)], (await LoadAsync(excluded)).Artifacts);
    }

    [Fact]
    public async Task A_report_that_turned_out_wrong_shows_why_and_keeps_its_files()
    {
        var build = await BuildAsync(
            b => Assigned(b), b => new BuildTaskReported(TaskOf(b), b.BuildId, Report(NodeA, Package(5))),
            b => new BuildTaskFailed(TaskOf(b), b.BuildId, null, "Another digest."));

        var task = await LoadAsync(build);

        Assert.Equal((BuildTaskStatus.Failed, "Another digest."), (task.Status, task.Error));
        Assert.Equal([Package(5)], task.Artifacts);
    }

    [Fact]
    public async Task An_exclusion_ends_the_task()
    {
        var build = await BuildAsync(b => Assigned(b), b => new BuildTaskExcluded(TaskOf(b), b.BuildId, Report(NodeA), "a.log differs"));

        Assert.Equal(
            (BuildTaskStatus.Excluded, packages.Clock.GetUtcNow(), "a.log differs"), (await LoadAsync(build) is { } t ? (t.Status, t.FinishedAt, t.Error) : default));
    }

    [Fact]
    public async Task The_tasks_of_builds_are_found_by_id()
    {
        var first = await packages.RequestAsync(BuildForm.Current, [Debian("amd64", "arm64")], Source("a"));
        var second = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("b"));

        var tasks = await packages.ReadAsync(s => s.TasksOfBuildsAsync([first.BuildId.Value, second.BuildId.Value], Token));

        Assert.Equal(first.Tasks.Concat(second.Tasks).Select(t => t.BuildTaskId.Value), tasks.Select(t => t.Number));
    }

    private static BuildTaskId TaskOf(BuildRequested build) => build.Tasks[0].BuildTaskId;

    private static BuildTaskAssigned Assigned(BuildRequested build) => new(TaskOf(build), build.BuildId, NodeA, 1, PackagesDatabase.Start);

    private async Task<BuildRequested> BuildAsync(params Func<BuildRequested, object>[] events)
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"));
        foreach (var next in events)
            await packages.AppendAsync(TaskOf(build).StreamKey, next(build));

        return build;
    }

    private async Task<BuildTaskDetails> LoadAsync(BuildRequested build) => (await packages.LoadAsync<BuildTaskDetails>(TaskOf(build).StreamKey))!;
}
