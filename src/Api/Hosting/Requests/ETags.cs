using System.Globalization;
using EventSourced.Api.Hosting.Errors;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace EventSourced.Api.Hosting.Requests;

/// <summary><c>ETag</c> and <c>If-Match</c> over the version of a stream or document (<c>mt_version</c>).</summary>
public static class ETags
{
    /// <summary>Says the version of what is answered.</summary>
    public static void SetETag(this HttpResponse response, long version) => response.Headers.ETag = Format(version);

    /// <summary>
    /// Says the version of the stream whose document is read next. In this order: what is read after it may be newer, and then a write by this version is refused
    /// rather than a change overwritten unseen.
    /// </summary>
    public static async Task SetETagOfAsync(this HttpResponse response, string streamKey, IQuerySession session, CancellationToken ct)
    {
        if (await session.Events.FetchStreamStateAsync(streamKey, ct) is { } stream)
            response.SetETag(stream.Version);
    }

    /// <summary>The request decides on one stream, whose version <c>If-Match</c> may name.</summary>
    public static TBuilder AcceptsIfMatch<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new AcceptsIfMatch());

    /// <summary>Versions named by <c>If-Match</c>; null when any will do. A tag that is not ours, or weak, names none.</summary>
    public static IReadOnlyList<long>? ExpectedVersions(StringValues header)
    {
        if (header.Count == 0)
            return null;

        if (!EntityTagHeaderValue.TryParseStrictList(header, out var tags) || tags.Count == 0)
            throw InvalidRequestException.Of("header", HeaderNames.IfMatch, "must be * or quoted entity tags separated by commas");

        return tags.Contains(EntityTagHeaderValue.Any) ? null : [.. tags.Where(tag => !tag.IsWeak).Select(tag => Version(tag.Tag.AsSpan())).OfType<long>()];
    }

    private static string Format(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    private static long? Version(ReadOnlySpan<char> tag) =>
        long.TryParse(tag.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && tag.SequenceEqual(Format(version)) ? version : null;
}

/// <summary>Put on a route by <see cref="ETags.AcceptsIfMatch{TBuilder}"/>.</summary>
internal sealed record AcceptsIfMatch;
