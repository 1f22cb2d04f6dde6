using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Tests.Packages;

internal static class Samples
{
    public const string NodeA = "node-1", NodeB = "node-2";

    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    public static BuildPlatform Debian(params string[] arches) => new(new PlatformId(8), "Debian-12", PlatformType.Deb, arches, arches, false, false);

    public static BuildPlatform Independent(params string[] arches) => Debian(arches) with { IndependentTasks = true };

    public static BuildRef Source(string name, string gitRef = "main") =>
        new($"https://git.example.org/{name}.git", gitRef, BuildRefType.GitBranch, null, null);

    public static ClaimBuildTask Claim(string node, params string[] arches) => new(arches is [] ? ["amd64"] : arches, [], node, Silence);

    public static BuildArtifact Package(int id, string name = "hello", string version = "1.0") =>
        new(id, $"{name}_{version}-1_amd64.deb", ArtifactType.Deb, $"/a/{id}/", $"{id:x64}");

    public static BuildArtifact Log(int id) => new(id, $"albs.{id}.log", ArtifactType.BuildLog, $"/a/{id}/", $"{id:x64}", 10);

    public static BuildArtifact LookedAt(BuildArtifact package, string name = "hello", string version = "1.0") =>
        package with { SizeBytes = 100, Meta = new PackageMeta(name, "0", version, "1", "amd64", package.Sha256!, name) };

    public static TaskReport Report(string node, params BuildArtifact[] artifacts) => new(node, 1, artifacts, "4f2a", null, true, null, FreeJson.Parse("{}"));

    public static SignKeySettings Key(string keyId) => new() { Name = "demo", Description = "", KeyId = keyId, Fingerprint = $"CD34{keyId}", PublicUrl = "http://k/" };
}
