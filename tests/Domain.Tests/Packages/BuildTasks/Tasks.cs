using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

/// <summary>A task's history in the words of the domain.</summary>
internal static class Tasks
{
    public const string NodeA = "node-1", NodeB = "node-2", Stranger = "user-9";

    public static readonly DateTimeOffset Now = new(2024, 5, 1, 10, 20, 30, TimeSpan.Zero);
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    public static readonly BuildTaskId OneTask = new(101), Builder = new(100);
    public static readonly BuildId OneBuild = new(40);
    public static readonly TaskRepositories Targets = new(new RepositoryId(1), new RepositoryId(2), new RepositoryId(3));

    public static readonly BuildArtifact Package = new(900, "hello_1.0-1_amd64.deb", ArtifactType.Deb, "/a/1/", "aa11");
    public static readonly BuildArtifact DebugPackage = new(901, "hello-dbgsym_1.0-1_amd64.deb", ArtifactType.Deb, "/a/2/", "bb22");
    public static readonly BuildArtifact SourcePackage = new(903, "tree-2.1-1.d9.src.rpm", ArtifactType.Rpm, "/a/4/", "dd44");
    public static readonly BuildArtifact Rpm = new(904, "tree-2.1-1.d9.x86_64.rpm", ArtifactType.Rpm, "/a/5/", "ee55");
    public static readonly BuildArtifact Log = new(902, "albs.101.1700000000.log", ArtifactType.BuildLog, "/a/3/", "cc33");

    public static BuildTaskQueued Queued(params BuildTaskId[] waitsFor) => new(
        OneTask, OneBuild, 0, "amd64", new TaskPlatform(new PlatformId(7), "Debian-12", PlatformType.Deb, ["amd64"]),
        new BuildRef("https://git.example.org/hello.git", "main", BuildRefType.GitBranch, null, null), Targets, waitsFor);

    /// <summary>Another task builds the source package.</summary>
    public static BuildTaskQueued QueuedBehindBuilder() => Queued(Builder) with { SourceFrom = Builder };

    public static BuildTaskSourceHandedOver HandedOver(BuildArtifact? package = null) => new(OneTask, OneBuild, Builder, new TaskSource(package ?? SourcePackage, "4f2a"));

    public static BuildTaskAssigned Assigned(string node, int attempt = 1) => new(OneTask, OneBuild, node, attempt, Now + Silence);

    public static BuildTaskRequeued Requeued(int attempt = 1) => new(OneTask, OneBuild, attempt, "The node fell silent.");

    public static TaskReport Report(string node, int attempt = 1, params BuildArtifact[] artifacts) =>
        new(node, attempt, artifacts is [] ? [Package, Log] : artifacts, "4f2a", null, false, Now, FreeJson.Parse("""{"upload": {"delta": "0:00:01"}}"""));

    public static BuildTaskReported Reported(string node = NodeA, int attempt = 1) => new(OneTask, OneBuild, Report(node, attempt));

    /// <summary>A failure with a source package, which is looked at first.</summary>
    public static BuildTaskReported ReportedSource(BuildTaskOutcome outcome, string? error = null) => new(OneTask, OneBuild, Report(NodeA, 1, SourcePackage, Rpm, Log), outcome, error);

    public static BuildTaskCancelRequested CancelRequested() => new(OneTask, OneBuild);

    public static BuildTaskCancelled Cancelled() => new(OneTask, OneBuild, "Build task cancelled by user");

    public static BuildTaskSucceeded Succeeded(params BuildArtifact[] artifacts) => new(OneTask, OneBuild, artifacts is [] ? [Package, Log] : artifacts);

    /// <summary>Node A had it, and this is its end.</summary>
    public static object[] Ended(BuildTaskStatus end) => [Queued(), Assigned(NodeA), .. EndOf(end)];

    public static FinishBuildTask Finish(string node, BuildTaskOutcome outcome = BuildTaskOutcome.Completed, int? attempt = null) =>
        new(OneTask, node, outcome, attempt, [Package, Log], "4f2a", null, false, Now, FreeJson.Parse("""{"upload": {"delta": "0:00:01"}}"""));

    private static IReadOnlyList<IBuildTaskEvent> EndOf(BuildTaskStatus end) => end switch
    {
        BuildTaskStatus.Completed => [Reported(), Succeeded()],
        BuildTaskStatus.Failed => [new BuildTaskFailed(OneTask, OneBuild, Report(NodeA), Error: null)],
        BuildTaskStatus.Excluded => [new BuildTaskExcluded(OneTask, OneBuild, Report(NodeA))],
        BuildTaskStatus.Cancelled => [new BuildTaskCancelled(OneTask, OneBuild, "Build task cancelled by user")],
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, "That is no end."),
    };
}
