using EventSourced.Domain.Packages.Platforms;

namespace EventSourced.Domain.Packages.Builds;

/// <summary>How a build was asked for, which decides its tasks.</summary>
public enum BuildForm
{
    /// <summary>The documented form: the first arch also builds the source package.</summary>
    Documented,

    /// <summary>Today's form: a <c>src</c> task a package builds the source package.</summary>
    Current,
}

/// <summary>What <see cref="BuildRef.GitRef"/> is. The numbers are the wire's.</summary>
public enum BuildRefType
{
    GitBranch = 1,
    GitTag = 2,
    SrpmUrl = 3,
    GitRef = 4,
}

/// <summary>A package to build: where its source is.</summary>
/// <param name="Url">Git URL, or URL of a source package. Never holds credentials.</param>
/// <param name="GitRef">Branch, tag or commit.</param>
/// <param name="Type">What it is; see <see cref="TypeOf"/> for what an absent type means.</param>
/// <param name="MockOptions">Options for this package.</param>
/// <param name="TestConfiguration">Handed to the test system.</param>
/// <param name="GitCommitHash">The very commit, where it was named.</param>
/// <param name="IsModule">Whether it is part of a module.</param>
/// <param name="Enabled">Whether it is meant to be built; shown as given.</param>
/// <param name="AddedArtifacts">Of module builds; shown as given.</param>
/// <param name="ModulePlatformVersion">Of module builds; shown as given.</param>
/// <param name="ModuleVersion">Of module builds; shown as given.</param>
public sealed record BuildRef(
    string Url, string? GitRef, BuildRefType Type, FreeJson? MockOptions, FreeJson? TestConfiguration, string? GitCommitHash = null, bool IsModule = false,
    bool Enabled = true, IReadOnlyList<string>? AddedArtifacts = null, string? ModulePlatformVersion = null, string? ModuleVersion = null)
{
    /// <summary>The type when none was given: a source package by its URL, else a branch.</summary>
    public static BuildRefType TypeOf(string url, string? gitRef) =>
        gitRef is null && url.EndsWith(".src.rpm", StringComparison.OrdinalIgnoreCase) ? BuildRefType.SrpmUrl : BuildRefType.GitBranch;
}

/// <summary>A platform of a build, as it was when the build was asked for.</summary>
/// <param name="PlatformId">The platform.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">What kind of packages it has.</param>
/// <param name="PlatformArches">All arches it has.</param>
/// <param name="Arches">Those asked for, in the order of the request.</param>
/// <param name="ParallelModeEnabled">Shown; changes nothing in planning.</param>
/// <param name="IndependentTasks">Whether packages do not wait for each other.</param>
public sealed record BuildPlatform(
    PlatformId PlatformId, string Name, PlatformType Type, IReadOnlyList<string> PlatformArches, IReadOnlyList<string> Arches,
    bool ParallelModeEnabled, bool IndependentTasks);

/// <summary>One planned task of a build.</summary>
public sealed record BuildTaskEntry(BuildTaskId BuildTaskId, int Index, PlatformId PlatformId, string Arch);

/// <summary>How a task ended.</summary>
public enum BuildTaskOutcome
{
    Completed,
    Failed,
    Excluded,
    Cancelled,
}
