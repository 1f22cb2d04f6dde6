namespace EventSourced.Api.Packages.Dialects.Pulp;

/// <summary>References to uploads, tasks and artifacts. They are opaque to clients; ours carry the digest, so that no table has to map them.</summary>
public static class PulpHrefs
{
    private const string Artifacts = "/pulp/api/v3/artifacts/";

    public static string OfArtifact(string sha256) => $"{Artifacts}{sha256}/";

    public static string OfUpload(Guid id) => $"/pulp/api/v3/uploads/{id}/";

    public static string OfTask(string sha256) => $"/pulp/api/v3/tasks/{sha256}/";

    /// <summary>The digest in an artifact's reference; null when it is no reference of ours.</summary>
    public static string? DigestOf(string href) =>
        href.StartsWith(Artifacts, StringComparison.Ordinal) && href[Artifacts.Length..].TrimEnd('/') is var digest && IsDigest(digest) ? digest : null;

    public static bool IsDigest(string text) => text.Length is 64 && text.All(char.IsAsciiHexDigitLower);
}
