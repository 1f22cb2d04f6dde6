using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Domain.Tests.Packages.Builds;

public sealed class BuildPlanTests
{
    private static readonly BuildId Build = new(40);

    [Fact]
    public void One_package_on_two_arches_in_the_documented_form() =>
        Assert.Equal(
            ["0 Demo-9 x86_64 after -", "0 Demo-9 aarch64 after 0"],
            Tasks(BuildForm.Documented, 1, Demo("x86_64", "aarch64")));

    // The contract's worked example 22.2.
    [Fact]
    public void Two_packages_on_two_arches_in_the_current_form() =>
        Assert.Equal(
            [
                "0 Demo-9 src after -", "0 Demo-9 i686 after 0", "0 Demo-9 x86_64 after 0",
                "1 Demo-9 src after 0", "1 Demo-9 i686 after 1,3", "1 Demo-9 x86_64 after 2,3",
            ],
            Tasks(BuildForm.Current, 2, Demo("x86_64", "i686")));

    [Theory]
    [InlineData(BuildForm.Documented, "-,0,-,2")]
    [InlineData(BuildForm.Current, "-,0,0,-,3,3")]
    public void The_first_arch_builds_the_source_for_the_others(BuildForm form, string from) =>
        Assert.Equal(from, string.Join(',', BuildPlan.For(Build, form, [Demo("x86_64", "aarch64")], packages: 2).Tasks.Select(t => t.SourceFrom?.ToString() ?? "-")));

    [Fact]
    public void The_first_arch_of_each_package_waits_for_the_one_before() =>
        Assert.Equal(
            ["0 Demo-9 x86_64 after -", "1 Demo-9 x86_64 after 0", "2 Demo-9 x86_64 after 1"],
            Tasks(BuildForm.Documented, 3, Demo("x86_64")));

    [Fact]
    public void I686_comes_first_wherever_it_was_asked_for() =>
        Assert.Equal(["i686", "x86_64", "aarch64"], BuildPlan.ArchOrder(BuildForm.Documented, ["x86_64", "aarch64", "i686"]));

    [Fact]
    public void The_current_form_builds_the_source_package_on_its_own() =>
        Assert.Equal(["src", "i686", "x86_64"], BuildPlan.ArchOrder(BuildForm.Current, ["x86_64", "i686"]));

    [Fact]
    public void An_arch_named_twice_is_built_once() =>
        Assert.Equal(["src", "x86_64"], BuildPlan.ArchOrder(BuildForm.Current, ["x86_64", "src", "x86_64"]));

    [Fact]
    public void Independent_packages_do_not_wait_for_each_other() =>
        Assert.Equal(
            ["0 Demo-9 x86_64 after -", "0 Demo-9 aarch64 after 0", "1 Demo-9 x86_64 after -", "1 Demo-9 aarch64 after 2"],
            Tasks(BuildForm.Documented, 2, Demo("x86_64", "aarch64") with { IndependentTasks = true }));

    [Fact]
    public void Platforms_do_not_wait_for_each_other() =>
        Assert.Equal(
            ["0 Demo-9 x86_64 after -", "0 Debian-12 amd64 after -", "1 Demo-9 x86_64 after 0", "1 Debian-12 amd64 after 1"],
            Tasks(BuildForm.Documented, 2, Demo("x86_64"), Debian));

    [Theory]
    [InlineData(BuildForm.Documented)]
    [InlineData(BuildForm.Current)]
    public void Whoever_waits_for_a_task_waits_for_all_the_contract_names(BuildForm form)
    {
        var plan = BuildPlan.For(Build, form, [Demo("x86_64", "i686", "aarch64"), Debian], packages: 5);

        for (var place = 0; place < plan.Tasks.Count; place++)
            Assert.Superset(Contract(plan, place).ToHashSet(), Closure(plan, place));
    }

    [Fact]
    public void Repositories_are_named_as_the_interface_says()
    {
        var repositories = BuildPlan.For(Build, BuildForm.Documented, [Demo("x86_64"), Debian], packages: 1).Repositories;

        Assert.Equal(
            [
                "Demo-9-x86_64-40-br x86_64 rpm", "Demo-9-x86_64-40-debug-br x86_64 rpm debug", "Demo-9-src-40-br src rpm",
                "Debian-12-amd64-40-br amd64 deb", "Debian-12-amd64-40-debug-br amd64 deb debug", "Debian-12-src-40-br src deb",
                "build-40-build_log log build_log", "build-40-test_log log test_log",
            ],
            repositories.Select(r => $"{r.Identity.Name} {r.Identity.Arch} {r.Identity.Type}{(r.Identity.Debug ? " debug" : "")}"));
        Assert.Equal("/pulp/content/builds/Demo-9-x86_64-40-br/", repositories[0].Url);
        Assert.Equal("/pulp/content/build_logs/build-40-build_log/", repositories[^2].Url);
        Assert.Equal("/pulp/content/test_logs/build-40-test_log/", repositories[^1].Url);
    }

    private static BuildPlatform Debian => new(new PlatformId(8), "Debian-12", PlatformType.Deb, ["amd64"], ["amd64"], false, false);

    private static BuildPlatform Demo(params string[] arches) => new(new PlatformId(7), "Demo-9", PlatformType.Rpm, arches, arches, false, false);

    private static IEnumerable<string> Tasks(BuildForm form, int packages, params BuildPlatform[] platforms) =>
        BuildPlan.For(Build, form, platforms, packages).Tasks
            .Select(t => $"{t.Index} {t.Platform.Name} {t.Arch} after {(t.WaitsFor is [] ? "-" : string.Join(',', t.WaitsFor))}");

    private static IEnumerable<int> Contract(BuildPlan plan, int place)
    {
        var task = plan.Tasks[place];
        var mine = plan.Tasks.Select((other, at) => (other, at)).Where(t => t.other.Platform == task.Platform).ToList();
        var first = mine[0].other.Arch;

        return mine.Where(t => task.Arch == first
                ? t.other.Arch == first && t.other.Index == task.Index - 1
                : (t.other.Arch == first && t.other.Index == task.Index) || (t.other.Arch == task.Arch && t.other.Index < task.Index))
            .Select(t => t.at);
    }

    private static HashSet<int> Closure(BuildPlan plan, int place) =>
        [.. plan.Tasks[place].WaitsFor.SelectMany(w => Closure(plan, w).Append(w))];
}
