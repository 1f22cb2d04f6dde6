using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.Builds;

/// <summary>The tasks and repositories of a build before they have ids; they are numbered by their place in the lists.</summary>
public sealed record BuildPlan(IReadOnlyList<PlannedTask> Tasks, IReadOnlyList<PlannedRepository> Repositories)
{
    /// <summary>The arch of tasks that build source packages, and of source repositories.</summary>
    public const string Source = "src";

    /// <summary>Plans <paramref name="packages"/> packages for each arch of each platform.</summary>
    public static BuildPlan For(BuildId build, BuildForm form, IReadOnlyList<BuildPlatform> platforms, int packages)
    {
        var tasks = new List<PlannedTask>();
        var places = new Dictionary<(int Index, int Platform, string Arch), int>();

        for (var index = 0; index < packages; index++)
        {
            for (var platform = 0; platform < platforms.Count; platform++)
            {
                var order = ArchOrder(form, platforms[platform].Arches);
                foreach (var arch in order)
                {
                    places[(index, platform, arch)] = tasks.Count;
                    var waitsFor = WaitsFor(index, arch, order[0], platforms[platform].IndependentTasks);
                    tasks.Add(new PlannedTask(
                        index, platforms[platform], arch, [.. waitsFor.Select(w => places[(w.Index, platform, w.Arch)]).Order()],
                        arch == order[0] ? null : places[(index, platform, order[0])]));
                }
            }
        }

        return new BuildPlan(tasks, [.. platforms.SelectMany(p => RepositoriesOf(build, p)), .. LogRepositoriesOf(build)]);
    }

    /// <summary><c>src</c> first where it is built on its own, then <c>i686</c>, then as asked for.</summary>
    public static IReadOnlyList<string> ArchOrder(BuildForm form, IReadOnlyList<string> asked)
    {
        string[] source = form is BuildForm.Current ? [Source] : [];
        return [.. source, .. asked.Where(a => a != Source).Distinct().OrderBy(a => a is not "i686")];
    }

    // Only the nearest earlier task of the same arch is named, not all of them, or large builds would have edges by the million. It comes to the same while
    // every task that ends has run: the nearest one could only run after those before it. Where a task ends that never ran, the queue hands its own waits on.
    private static IEnumerable<(int Index, string Arch)> WaitsFor(int index, string arch, string first, bool independent)
    {
        if (arch != first)
            return independent || index is 0 ? [(index, first)] : [(index - 1, arch), (index, first)];

        return independent || index is 0 ? [] : [(index - 1, first)];
    }

    private static IEnumerable<PlannedRepository> RepositoriesOf(BuildId build, BuildPlatform platform)
    {
        var type = platform.Type is PlatformType.Deb ? "deb" : "rpm";
        foreach (var arch in ArchOrder(BuildForm.Documented, platform.Arches))
        {
            yield return new(platform, new RepositoryIdentity($"{platform.Name}-{arch}-{build.Value}-br", arch, type, Debug: false), "builds");
            yield return new(platform, new RepositoryIdentity($"{platform.Name}-{arch}-{build.Value}-debug-br", arch, type, Debug: true), "builds");
        }

        yield return new(platform, new RepositoryIdentity($"{platform.Name}-{Source}-{build.Value}-br", Source, type, Debug: false), "builds");
    }

    private static IEnumerable<PlannedRepository> LogRepositoriesOf(BuildId build) =>
    [
        new(null, new RepositoryIdentity($"build-{build.Value}-build_log", "log", "build_log", Debug: false), "build_logs"),
        new(null, new RepositoryIdentity($"build-{build.Value}-test_log", "log", "test_log", Debug: false), "test_logs"),
    ];
}

/// <summary>A task to be.</summary>
/// <param name="Index">Place of its package in the build.</param>
/// <param name="Platform">What it is built for.</param>
/// <param name="Arch">What it is built on.</param>
/// <param name="WaitsFor">Places in the plan of the tasks that have to end first.</param>
/// <param name="SourceFrom">Place in the plan of the task that builds its source package; null when it does so itself.</param>
public sealed record PlannedTask(int Index, BuildPlatform Platform, string Arch, IReadOnlyList<int> WaitsFor, int? SourceFrom);

/// <summary>A repository to be.</summary>
public sealed record PlannedRepository(BuildPlatform? Platform, RepositoryIdentity Identity, string ContentRoot)
{
    /// <summary>Where it is served, below the address of the content.</summary>
    public string Url => $"/pulp/content/{ContentRoot}/{Uri.EscapeDataString(Identity.Name)}/";
}
