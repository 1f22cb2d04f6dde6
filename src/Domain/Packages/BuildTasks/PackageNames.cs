using System.Text.RegularExpressions;

namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>What a package's file name says about it: all there is when its bytes are not ours to read.</summary>
public static partial class PackageNames
{
    /// <summary>Null for logs and for names that are no package's.</summary>
    public static PackageMeta? MetaOf(BuildArtifact artifact)
    {
        var match = artifact.Type switch
        {
            ArtifactType.Deb => Deb().Match(artifact.Name),
            ArtifactType.Rpm => Rpm().Match(artifact.Name),
            _ => Match.Empty,
        };
        return match.Success
            ? new PackageMeta(Part("name"), "0", Part("version"), Part("release") is { Length: > 0 } release ? release : null, Part("arch"), artifact.Sha256 ?? "")
            : null;

        string Part(string name) => match.Groups[name].Value;
    }

    [GeneratedRegex(@"\A(?<name>[^_]+)_(?<version>[^_]+?)(-(?<release>[^-_]+))?_(?<arch>[^_]+)\.u?deb\z")]
    private static partial Regex Deb();

    [GeneratedRegex(@"\A(?<name>.+)-(?<version>[^-]+)-(?<release>[^-]+)\.(?<arch>[^.]+)\.rpm\z")]
    private static partial Regex Rpm();
}
