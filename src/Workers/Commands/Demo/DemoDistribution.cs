using System.Text.Json.Nodes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>One of the two distributions of a demo: a platform, and the production repository that its packages are released to.</summary>
/// <param name="Type"><c>deb</c> or <c>rpm</c>.</param>
/// <param name="Number">Which demo of this installation it is: each has platforms of its own, so that it can be repeated.</param>
/// <param name="Arch">The machine's, as the packages name it.</param>
internal sealed record DemoDistribution(string Type, int Number, string Arch)
{
    private const string Prefix = "Demo-";

    public string Platform => $"{Prefix}{Type}-{Number}";

    /// <summary>Where releases put its packages (albs 13.3).</summary>
    public string Repository => $"demo-{Type}-{Number}-devel";

    public string RepositoryPath => $"/pulp/content/prod/{Repository}-{Arch}/";

    /// <summary>The first number no demo has had yet.</summary>
    public static async Task<int> NextNumberAsync(DemoApi api, CancellationToken cancellation)
    {
        var names = (await api.GetAsync("/api/v1/platforms/", cancellation)).AsArray().Select(platform => (string)platform!["name"]!).ToHashSet();
        return Enumerable.Range(1, int.MaxValue).First(number => !names.Contains($"{Prefix}deb-{number}") && !names.Contains($"{Prefix}rpm-{number}"));
    }

    /// <returns>The platform's id.</returns>
    public async Task<int> CreateAsync(DemoApi api, CancellationToken cancellation)
    {
        var platform = new JsonObject
        {
            ["name"] = Platform, ["type"] = Type, ["distr_type"] = "demo", ["distr_version"] = $"{Number}", ["test_dist_name"] = "demo", ["arch_list"] = new JsonArray(Arch),
            ["repos"] = new JsonArray([.. Targets()]), ["data"] = new JsonObject { ["definitions"] = new JsonObject { ["dist"] = ".demo" } },
        };
        var made = await api.PostAsync("/api/v1/platforms/", platform, cancellation) ?? throw new DemoFailedException($"There is a platform {Platform} already.");
        return (int)made["id"]!;
    }

    private IEnumerable<JsonNode> Targets() =>
        from target in new (string Name, string Arch, bool Debug)[] { (Repository, Arch, false), (Repository, "src", false), ($"{Repository}-debuginfo", Arch, true) }
        select new JsonObject
        {
            ["name"] = target.Name, ["arch"] = target.Arch, ["type"] = Type, ["debug"] = target.Debug, ["production"] = true,
            ["url"] = $"/pulp/content/prod/{target.Name}-{target.Arch}/",
        };
}
