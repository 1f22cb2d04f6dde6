namespace EventSourced.ServiceDefaults.Artifacts;

/// <summary>References to artifacts of our store, as outside programs carry them: opaque to them, ours hold the digest, so that no table has to map them.</summary>
public static class ArtifactHrefs
{
    private const string Prefix = "/pulp/api/v3/artifacts/";

    public static string Of(string sha256) => $"{Prefix}{sha256}/";

    /// <summary>The digest in a reference; null when it is no reference of ours.</summary>
    public static string? DigestOf(string href) =>
        href.StartsWith(Prefix, StringComparison.Ordinal) && href[Prefix.Length..].TrimEnd('/') is var digest && IsDigest(digest) ? digest : null;

    /// <summary>64 lower-case hex digits.</summary>
    public static bool IsDigest(string text) => text.Length is 64 && text.All(char.IsAsciiHexDigitLower);
}
