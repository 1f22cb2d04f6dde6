using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Domain.Packages.Signing;

/// <summary>Which files of a build are signed: every rpm, and of a Debian build the texts that name its packages by digest.</summary>
public static class Signable
{
    public static bool IsSigned(BuildArtifact artifact) => artifact.Type is ArtifactType.Rpm || artifact.IsSignedText;

    /// <summary>Whether those of these files that can be are signed.</summary>
    public static bool AreSigned(IEnumerable<BuildArtifact> artifacts) => artifacts.All(a => !IsSigned(a) || a.SignKeyId is not null);

    /// <summary>Whether it lies in a repository; a node fetches other files by their number.</summary>
    public static bool IsInRepository(BuildArtifact artifact) => artifact is { IsPackage: true, IsSignedText: false };

    /// <summary>The arch it is listed under, and whether in the repository of debug packages.</summary>
    public static (string Arch, bool IsDebug) PlaceOf(BuildArtifact artifact, string taskArch) =>
        artifact.IsSourcePackage ? (BuildPlan.Source, false) : (taskArch, artifact.IsDebugPackage);

    /// <summary>Whether a build with these files can be signed: source and binary packages, or texts that name packages.</summary>
    public static bool IsEnough(IReadOnlyCollection<BuildArtifact> artifacts) =>
        artifacts.Any(a => a.IsSignedText) || (artifacts.Any(a => a.IsSourcePackage) && artifacts.Any(a => a is { Type: ArtifactType.Rpm, IsSourcePackage: false }));
}
