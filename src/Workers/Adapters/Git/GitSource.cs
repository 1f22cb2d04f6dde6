namespace EventSourced.Workers.Adapters.Git;

/// <summary>What to fetch, checked: only such values reach git's command line.</summary>
/// <param name="Address">An http or https address without credentials.</param>
/// <param name="RefSpecs">Tried in order.</param>
/// <param name="Commit">The full id that must come out; null takes what the ref points to.</param>
public sealed record GitSource(Uri Address, IReadOnlyList<string> RefSpecs, string? Commit)
{
    private const int Branch = 1;
    private const int Tag = 2;
    private const int CommitDigits = 40;
    private const int LongestRef = 255;

    /// <param name="url">As the user gave it.</param>
    /// <param name="reference">Branch, tag, ref or full commit; null is the remote's HEAD.</param>
    /// <param name="refType">1 branch, 2 tag, other: as git finds it.</param>
    /// <exception cref="GitFetchException">The address or the name is not one we give to git.</exception>
    public static GitSource Parse(string url, string? reference, int? refType)
    {
        var address = ParseAddress(url);
        if (string.IsNullOrEmpty(reference))
            return new GitSource(address, ["HEAD"], Commit: null);

        if (!IsRefName(reference))
            throw new GitFetchException("The git ref is not a valid name of a branch, tag or commit.");

        if (IsCommit(reference))
            return new GitSource(address, [reference.ToLowerInvariant()], reference.ToLowerInvariant());

        return new GitSource(address, refType switch
        {
            Branch => [$"refs/heads/{reference}", reference],
            Tag => [$"refs/tags/{reference}"],
            _ => [reference],
        }, Commit: null);
    }

    private static Uri ParseAddress(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
            throw new GitFetchException("The git URL is not an absolute URL.");

        if ((address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp) || address.Host.Length is 0)
            throw new GitFetchException($"The git URL has the scheme '{address.Scheme}'; only https and http are fetched.");

        return address.UserInfo.Length is 0 ? address : throw new GitFetchException("The git URL must not carry credentials.");
    }

    private static bool IsCommit(string text) => text.Length is CommitDigits && text.All(char.IsAsciiHexDigit);

    /// <summary>The rules of git-check-ref-format, and no leading dash.</summary>
    private static bool IsRefName(string text) =>
        text.Length <= LongestRef
        && text[0] is not ('-' or '/' or '+')
        && text[^1] is not ('/' or '.')
        && text is not "@"
        && !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || " ~^:?*[\\".Contains(c))
        && !text.Contains("..") && !text.Contains("//") && !text.Contains("@{")
        && text.Split('/').All(part => !part.StartsWith('.') && !part.EndsWith(".lock", StringComparison.Ordinal));
}
