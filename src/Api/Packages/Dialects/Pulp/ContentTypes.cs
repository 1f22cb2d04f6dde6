namespace EventSourced.Api.Packages.Dialects.Pulp;

internal static class ContentTypes
{
    public const string PlainText = "text/plain; charset=utf-8";

    /// <summary>Never a type that a browser would run: packages and logs come from builds.</summary>
    public static string Of(string path) => Path.GetExtension(path) switch
    {
        ".deb" or ".udeb" or ".ddeb" => "application/vnd.debian.binary-package",
        ".rpm" => "application/x-rpm",
        ".gz" => "application/gzip",
        ".xz" => "application/x-xz",
        ".zst" => "application/zstd",
        ".asc" or ".gpg" or ".log" or ".cfg" => PlainText,
        "" => PlainText, // InRelease, Release, Packages
        _ => "application/octet-stream",
    };
}
