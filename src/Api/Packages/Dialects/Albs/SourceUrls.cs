using EventSourced.Domain;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>What may be handed to git: an absolute URL of a known protocol (never <c>ext::</c>, a path or an option) and a ref that is a name.</summary>
public static class SourceUrls
{
    private const int MaxLength = 2048;

    public static bool IsAllowed(string url) =>
        url is { Length: > 0 and <= MaxLength }
        && url.All(c => c is > ' ' and < '\x7f')
        && Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && !WithoutHost(url, uri).Contains("::", StringComparison.Ordinal)
        && uri.Scheme is "http" or "https" or "git" or "ssh"
        && uri.Host is { Length: > 0 } host && host[0] is not '-'
        && IsHarmless(uri.UserInfo, uri.Scheme)
        && !UrlCredentials.InParameters(url);

    // The one place where two colons are no transport of git's.
    private static string WithoutHost(string url, Uri uri) =>
        uri.HostNameType is UriHostNameType.IPv6 && url.IndexOf('[', StringComparison.Ordinal) is >= 0 and var start && url.IndexOf(']', start) is > 0 and var end
            ? url.Remove(start, end - start)
            : url;

    // A password in a URL would be kept in the event log for ever; ssh names only a user.
    private static bool IsHarmless(string userInfo, string scheme) =>
        userInfo.Length is 0 || (scheme is "ssh" && userInfo[0] is not '-' && !userInfo.Contains(':', StringComparison.Ordinal));

    /// <summary>Null and empty are no ref, which is allowed.</summary>
    public static bool IsPlainRef(string? name) =>
        name is null or "" || (name.Length <= 250 && name[0] is not '-' && name.All(c => c is > ' ' and not ('\x7f' or '~' or '^' or ':' or '?' or '*' or '[' or '\\'))
                         && !name.Contains("..", StringComparison.Ordinal));
}
