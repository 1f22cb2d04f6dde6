using System.Text.Json;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>A platform that packages are built for, and released to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What kind of packages it has.</param>
/// <param name="Distribution">What it is.</param>
/// <param name="Version">Of that.</param>
/// <param name="Arches">Clients ask for the first one.</param>
/// <param name="RepositoryArches">Of its production repositories.</param>
/// <param name="RepositoriesPerPackage">To how many of them a package is released.</param>
internal sealed record TargetPlatform(
    string Name, string Type, string Distribution, string Version, IReadOnlyList<string> Arches, IReadOnlyList<string> RepositoryArches,
    int RepositoriesPerPackage)
{
    public const string SecludedArch = "arm64", BuiltArch = "armhf", Source = "src";

    /// <summary>A package for every arch is released to the repositories of all of them.</summary>
    public static TargetPlatform Deb { get; } =
        new("Crash-1", "deb", "debian", "12", ["amd64", SecludedArch, BuiltArch], ["amd64", SecludedArch], RepositoriesPerPackage: 2);

    /// <summary>A package and its source package are released, each to a repository of its own.</summary>
    public static TargetPlatform Rpm { get; } = new("CrashRpm-1", "rpm", "demo", "9", ["x86_64"], ["x86_64", Source], RepositoriesPerPackage: 1);

    public string Arch => Arches[0];

    /// <summary>Whether source packages have repositories of their own.</summary>
    public bool HasSources => RepositoryArches.Contains(Source);

    private string Devel => $"{Name.Split('-')[0].ToLowerInvariant()}-{Version}-devel";

    private object Body => new
    {
        name = Name,
        type = Type,
        distr_type = Distribution,
        distr_version = Version,
        test_dist_name = Distribution,
        arch_list = Arches,
        repos = RepositoryArches.Select(arch => new { name = Devel, arch, type = Type, production = true, url = $"/pulp/content/prod/{Devel}-{arch}/" }),
        data = new { },
    };

    /// <returns>Its number.</returns>
    public async Task<int> CreateAsync(PatientClient client, CancellationToken token)
    {
        using var json = JsonDocument.Parse(await client.PostAsync("/api/v1/platforms/", Name, Body, token));
        return json.RootElement.GetProperty("id").GetInt32();
    }

    /// <summary>Where a build's packages of an arch are.</summary>
    public string RepositoryOf(int build, string arch) => $"/pulp/content/builds/{Name}-{arch}-{build}-br/";
}
