namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>The name of the source package that an rpm is, or comes from, without version and release.</summary>
public static class SourcePackageName
{
    /// <returns>Null when it is not known.</returns>
    public static string? Of(BuildArtifact artifact) =>
        artifact.IsSourcePackage ? artifact.Meta?.Name ?? In(artifact.Name) : artifact.Meta?.Source is { } source ? In(source) : null;

    // NAME-VERSION-RELEASE.src.rpm
    private static string? In(string file) =>
        file.EndsWith(".rpm", StringComparison.Ordinal) && file.Split('-') is [.. var name, _, _] and { Length: > 2 } ? string.Join('-', name) : null;
}
