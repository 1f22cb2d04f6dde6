using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Domain.Tests.Packages.Builds;

internal static class BuildRequests
{
    public static readonly BuildId OneBuild = new(40);

    public static readonly BuildPlatform Debian = new(new PlatformId(8), "Debian-12", PlatformType.Deb, ["amd64", "arm64"], ["amd64"], false, false);

    public static BuildRef Hello(string? gitRef = "main") => new("https://git.example.org/hello.git", gitRef, BuildRefType.GitBranch, null, null);

    public static RequestBuild Request(BuildForm form, IReadOnlyList<BuildPlatform> platforms, params BuildRef[] refs)
    {
        var request = new RequestBuild(OneBuild, 7, form, platforms, refs, [], [], [new BuildId(39)], FreeJson.Parse("""{"with": ["tests"]}"""), [], false, null);
        var plan = request.Plan();
        return request with
        {
            TaskIds = [.. plan.Tasks.Select((_, place) => new BuildTaskId(101 + place))],
            RepositoryIds = [.. plan.Repositories.Select((_, place) => new RepositoryId(1 + place))],
        };
    }
}
