using System.Globalization;
using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Hosting.Requests;

/// <summary><c>ETag</c> and <c>If-Match</c> over the version of a stream or document (<c>mt_version</c>).</summary>
public static class ETags
{
    /// <summary>Says the version of what is answered.</summary>
    public static void SetETag(this HttpResponse response, long version) => response.Headers.ETag = Format(version);

    /// <summary>Refuses with 412 when the client last read another version; no header or <c>*</c> matches all that exists.</summary>
    public static void RequireMatch(this HttpRequest request, long version)
    {
        if (request.ExpectedVersions() is { } expected && !expected.Contains(version))
            throw new RequestRefusedException(StatusCodes.Status412PreconditionFailed, "precondition.failed", "The thing has changed since it was read.");
    }

    /// <summary>Versions named by <c>If-Match</c>; null when any will do.</summary>
    public static IReadOnlyList<long>? ExpectedVersions(this HttpRequest request)
    {
        var header = request.Headers.IfMatch.ToString();
        return header.Length == 0 || header.Trim() == "*" ? null : [.. header.Split(',', StringSplitOptions.TrimEntries).Select(Version)];
    }

    private static string Format(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>A tag that is not ours matches nothing.</summary>
    private static long Version(string tag) =>
        tag.Length > 2 && tag[0] == '"' && tag[^1] == '"' && long.TryParse(tag.AsSpan(1, tag.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : -1;
}
