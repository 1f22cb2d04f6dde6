using System.Text.Json;
using EventSourced.Api.Tests.Packages.Albs;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections.Packages;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages;

/// <summary>Where packages of a release go, with a real server on the beholder's side.</summary>
public sealed class BeholderTests(BeholderHosts hosts) : IClassFixture<BeholderHosts>
{
    private readonly AlbsClient albs = new(hosts.Api);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private BeholderServer Beholder => hosts.Beholder;

    [Fact]
    public async Task In_the_documented_form_the_named_platform_tells_where_packages_go()
    {
        var (platform, reference) = (await PlatformAsync(), await ReferenceAsync());
        var build = await BuildAsync(platform, "tree-2.1-1.d9.src.rpm", "tree-2.1-1.d9.x86_64.rpm", "tree-doc-2.1-1.d9.x86_64.rpm");
        Beholder.Knows(reference.Name, $$"""
            {"packages": [{{Known("tree", "2.1", "src")}}, {{Known("tree", "2.1", "x86_64")}}, {{Known("tree-doc", "2.0", "x86_64")}}]}
            """);

        var release = await PlanAsync(new { builds = new[] { build }, platform_id = platform.Id, reference_platform_id = reference.Id });

        Assert.Equal(
            [$"{platform.Name}-9-baseos.src 1 exact", $"{platform.Name}-9-baseos.x86_64 1 exact", $"{platform.Name}-9-devel.x86_64 0 "], TargetsOf(release));
        Assert.Equal([($"POST /below/api/v1/distros/{reference.Name}/8/projects/", """["tree"]""")], Beholder.AskedAbout(reference.Name));
        Assert.Empty(Beholder.AskedAbout(platform.Name));

        var second = await BuildAsync(platform, "wood-2.1-1.d9.src.rpm");
        var change = albs.Http.Put($"/api/v1/releases/{release.GetProperty("id")}/", new { builds = new[] { build, second } });
        Assert.Equal(4, TargetsOf((await change.As(albs.Admin).Expect(200)).Json).Count);
        Assert.Equal("""["tree","wood"]""", Beholder.AskedAbout(reference.Name)[1].Body);
    }

    [Fact]
    public async Task In_the_current_form_the_reference_platforms_and_the_platform_itself_tell()
    {
        var (platform, unknown, reference) = (await PlatformAsync(), await ReferenceAsync(), await ReferenceAsync());
        await ReferToAsync(platform, unknown.Name, "nowhere", reference.Name);
        var build = await BuildAsync(
            platform, "tree-2.1-1.d9.src.rpm", "tree-2.1-1.d9.x86_64.rpm", "tree-doc-2.1-1.d9.x86_64.rpm", "tree-x-2.1-1.d9.x86_64.rpm");
        Beholder.Knows(reference.Name, $$"""
            [{"packages": { "exact": [{{Known("tree", "2.1", "src")}}],
                            "closest": [{{Known("tree", "2.0", "x86_64")}}, {{Known("tree-doc", "2.0", "x86_64")}}] } }]
            """);
        Beholder.Knows(platform.Name, $$"""{"packages": { "exact": [{{Known("tree-doc", "2.1", "x86_64", "appstream")}}] } }""");

        var release = await PlanAsync(new { builds = new[] { build }, platform_id = platform.Id, product_id = 1 });

        Assert.Equal(
            [
                $"{platform.Name}-9-baseos.src 1 exact", $"{platform.Name}-9-baseos.x86_64 2 closest", $"{platform.Name}-9-appstream.x86_64 1 exact",
                $"{platform.Name}-9-devel.x86_64 0 ",
            ],
            TargetsOf(release));
        Assert.Single(Beholder.AskedAbout(unknown.Name));
        Assert.Contains($"The beholder does not know {unknown.Name} 8", hosts.Api.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain($"did not answer about {unknown.Name}", hosts.Api.Log.Text, StringComparison.Ordinal);
    }

    public static TheoryData<string> Failures => ["error", "redirect", "garbage", "10 MB", "endless", "hang-up", "nothing"];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_beholder_that_fails_is_as_none(string failure)
    {
        var (platform, reference, other) = (await PlatformAsync(), await ReferenceAsync(), await ReferenceAsync());
        var build = await BuildAsync(platform, "tree-2.1-1.d9.src.rpm", "tree-2.1-1.d9.x86_64.rpm");
        Beholder.Knows(reference.Name, context => FailAsync(failure, other.Name, context));

        var release = await PlanAsync(new { builds = new[] { build }, platform_id = platform.Id, reference_platform_id = reference.Id });

        Assert.Equal([$"{platform.Name}-9-devel.src  ", $"{platform.Name}-9-devel.x86_64  "], TargetsOf(release));
        Assert.Contains($"The beholder did not answer about {reference.Name} 8", hosts.Api.Log.Text, StringComparison.Ordinal);
        Assert.Empty(Beholder.AskedAbout(other.Name));
        Assert.Contains("beholder_questions_total{outcome=\"failed\"}", (await albs.Http.Get("/metrics").Expect(200)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("slow", true)]
    [InlineData("trickling", true)]
    [InlineData("down", false)]
    public async Task A_beholder_that_is_slow_or_down_is_as_none(string failure, bool isUp)
    {
        var (platform, reference) = (await PlatformAsync(), await ReferenceAsync());
        var build = await BuildAsync(platform, "tree-2.1-1.d9.x86_64.rpm", "tree-2.1-1.d9.src.rpm");
        Beholder.Knows(reference.Name, context => FailAsync(failure, "", context));
        await using var impatient = hosts.Api.Beside();
        impatient.Settings["Beholder:Url"] = isUp ? $"{Beholder.Address}/below/" : await UnusedAddressAsync();
        impatient.Settings["Beholder:Timeout"] = "00:00:00.5";
        impatient.Start();

        var plan = new { builds = new[] { build }, platform_id = platform.Id, reference_platform_id = reference.Id };
        var release = (await impatient.Http.Post("/api/v1/releases/new/", plan).As(albs.Admin).Expect(200)).Json;

        Assert.All(TargetsOf(release), target => Assert.StartsWith($"{platform.Name}-9-devel.", target, StringComparison.Ordinal));
        Assert.Contains(isUp ? "No answer within 00:00:00.5" : "Connection refused", impatient.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_x86_64_has_of_i686_becomes_the_artifacts_of_both()
    {
        var (platform, unknown, reference) = (await PlatformAsync("x86_64", "i686"), await ReferenceAsync(), await ReferenceAsync());
        await ReferToAsync(platform, unknown.Name, reference.Name);
        Beholder.Knows(reference.Name, """
            {"packages": {"closest": [{"name": "tree-libs", "version": "2.0", "arch": "i686", "repositories": [{"name": "x-8-baseos", "arch": "x86_64"}]},
                                      {"name": "tree-libs-debuginfo", "arch": "i686", "repositories": [{"name": "x-8-baseos-debuginfo", "arch": "x86_64"}]}]}}
            """);

        var build = await BuildBothAsync(platform);

        var tasks = await TasksAsync(build);
        Assert.Equal(["tree-2.1-1.i686.rpm", "tree-libs-2.1-1.i686.rpm", "tree-libs-debuginfo-2.1-1.i686.rpm"], Binaries(tasks["i686"]));
        Assert.Equal(["tree-2.1-1.x86_64.rpm", "tree-libs-2.1-1.i686.rpm", "tree-libs-debuginfo-2.1-1.i686.rpm"], Binaries(tasks["x86_64"]));
        await ReachesAsync($"{platform.Name}-x86_64-{build}-br", "tree-libs-2.1-1.i686.rpm");
        await ReachesAsync($"{platform.Name}-x86_64-{build}-debug-br", "tree-libs-debuginfo-2.1-1.i686.rpm");
        Assert.Equal([($"GET /below/api/v1/distros/{reference.Name}/8/project/tree?match=closest", "")], Beholder.AskedAbout(reference.Name));
        Assert.Single(Beholder.AskedAbout(unknown.Name));
        Assert.Empty(Beholder.AskedAbout(platform.Name));
    }

    [Fact]
    public async Task A_beholder_that_fails_leaves_each_arch_its_own()
    {
        var platform = await PlatformAsync("x86_64", "i686");
        Beholder.Knows(platform.Name, "<html>");

        var build = await BuildBothAsync(platform);

        var tasks = await TasksAsync(build);
        Assert.All(tasks.Values, task => Assert.Equal(2, task.GetProperty("status").GetInt32()));
        Assert.Equal(["tree-2.1-1.x86_64.rpm"], Binaries(tasks["x86_64"]));
        Assert.Contains($"The beholder did not answer about tree of {platform.Name} 9", hosts.WorkersLog.Text, StringComparison.Ordinal);
    }

    private static async Task FailAsync(string failure, string other, HttpContext context)
    {
        var (response, filler) = (context.Response, new string(' ', 1 << 20));
        switch (failure)
        {
            case "error":
                response.StatusCode = StatusCodes.Status500InternalServerError;
                break;
            case "redirect":
                response.Redirect($"/below/api/v1/distros/{other}/8/projects/");
                break;
            case "garbage":
                await response.WriteAsync("<html>");
                break;
            case "10 MB":
                response.ContentLength = 2 + (10 << 20);
                for (var megabyte = 0; megabyte < 10 && !context.RequestAborted.IsCancellationRequested; megabyte++)
                    await response.WriteAsync(filler);
                await response.WriteAsync("[]");
                break;
            case "endless":
                while (!context.RequestAborted.IsCancellationRequested)
                    await response.WriteAsync(filler);
                break;
            case "hang-up":
                context.Abort();
                break;
            case "slow":
                await GoneAsync(context);
                break;
            case "trickling":
                await response.WriteAsync("[");
                await GoneAsync(context);
                break;
        }
    }

    private static async Task GoneAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    private static async Task<string> UnusedAddressAsync()
    {
        await using var server = await BeholderServer.StartAsync();
        return server.Address;
    }

    private static string Known(string name, string version, string arch, string repository = "baseos") =>
        JsonSerializer.Serialize(new { name, version, arch, repositories = new[] { new { name = $"x-8-{repository}", arch } } });

    private static IEnumerable<object> Repositories(string platform) =>
        from repository in new[] { "baseos", "appstream", "devel" }
        from arch in new[] { "x86_64", "src" }
        let name = $"{platform}-9-{repository}"
        select new { name, arch, type = "rpm", production = true, debug = false, url = $"/pulp/content/prod/{name}-{arch}/" };

    private Task<(string Name, int Id)> PlatformAsync(params string[] arches) =>
        CreateAsync(AlbsClient.NewName("p"), "9", arches is [] ? ["x86_64"] : arches, isReference: false);

    private Task<(string Name, int Id)> ReferenceAsync() => CreateAsync(AlbsClient.NewName("r"), "8", ["x86_64"], isReference: true);

    private async Task<(string Name, int Id)> CreateAsync(string name, string version, string[] arches, bool isReference)
    {
        var repos = isReference ? [] : Repositories(name);
        var made = await albs.Http.Post("/api/v1/platforms/", new
        {
            name, type = "rpm", distr_type = "demo", distr_version = version, arch_list = arches, is_reference = isReference, repos,
        }).As(albs.Admin).Expect(200);
        return (name, made.Json.GetProperty("id").GetInt32());
    }

    /// <summary>References are taken where repositories are given (albs 6.1).</summary>
    private async Task ReferToAsync((string Name, int Id) platform, params string[] references) => await albs.Http.Put(
        "/api/v1/platforms/", new { name = platform.Name, repos = Repositories(platform.Name), reference_platforms = references }).As(albs.Admin).Expect(200);

    private async Task<int> BuildAsync((string Name, int Id) platform, params string[] files)
    {
        var build = (await albs.SubmitAsync(platform.Name, ["x86_64"], "https://git.example.org/tree.git")).GetProperty("id").GetInt32();
        await DeliverAsync("x86_64", files);
        return build;
    }

    private async Task<int> BuildBothAsync((string Name, int Id) platform)
    {
        var build = (await albs.SubmitAsync(platform.Name, ["x86_64", "i686"], "https://git.example.org/tree.git")).GetProperty("id").GetInt32();
        await DeliverAsync("i686", "tree-2.1-1.src.rpm", "tree-2.1-1.i686.rpm", "tree-libs-2.1-1.i686.rpm", "tree-libs-debuginfo-2.1-1.i686.rpm");
        await DeliverAsync("x86_64", "tree-2.1-1.x86_64.rpm");
        return build;
    }

    private async Task DeliverAsync(string arch, params string[] files)
    {
        var task = (await albs.ClaimAsync(hosts.Api.NodeToken, [arch], "?wait=30"))!.Value.GetProperty("id").GetInt32();
        await albs.Report(hosts.Api.NodeToken, task, "done", [.. files.Select(name => new { name, type = "rpm", href = $"/a/{name}/" })]).Expect(200);
    }

    /// <summary>Of a build, by arch.</summary>
    private async Task<Dictionary<string, JsonElement>> TasksAsync(int build) => (await albs.Http.Get($"/api/v1/builds/{build}/").Expect(200))
        .Json.GetProperty("tasks").EnumerateArray().ToDictionary(task => task.GetProperty("arch").GetString()!);

    private static IEnumerable<string> Binaries(JsonElement task) => task.GetProperty("artifacts").EnumerateArray()
        .Select(a => a.GetProperty("name").GetString()!).Where(name => !name.EndsWith(".src.rpm", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private async Task ReachesAsync(string repository, string package)
    {
        await using var scope = hosts.Api.Services.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        var found = Assert.Single(await scope.ServiceProvider.GetRequiredService<IQuerySession>().RepositoriesNamedAsync([repository], Token));
        var path = RepositoryPackage.PathOf(package);
        Assert.NotNull(await bus.WaitForAsync<Repository>(found.Id, r => r.Packages.ContainsKey(path), TimeSpan.FromMinutes(1), Token));
    }

    private async Task<JsonElement> PlanAsync(object request) => (await albs.Http.Post("/api/v1/releases/new/", request).As(albs.Admin).Expect(200)).Json;

    /// <summary>Of each package in the plan: repository and arch, trust, match.</summary>
    private static List<string> TargetsOf(JsonElement release) =>
    [
        .. from package in release.GetProperty("plan").GetProperty("packages").EnumerateArray()
           from target in package.GetProperty("repositories").EnumerateArray()
           select $"{target.GetProperty("name")}.{target.GetProperty("arch")} {Optional(target, "trustness")} {Optional(target, "matched")}",
    ];

    private static string Optional(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.ToString() : "";
}
