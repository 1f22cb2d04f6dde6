using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>A token that a browser sends by itself: it counts for reading, and for writing only from our own pages.</summary>
internal static class TokenCookies
{
    /// <summary>What the dialect's cookie holds; null without one.</summary>
    public static string? Of(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Dialect>()?.TokenCookie is { } name && context.Request.Cookies[name] is { Length: > 0 } token ? token : null;

    /// <summary>Browsers add cookies also to what other sites let them send, and say where it comes from; what says nothing is no browser.</summary>
    public static bool MayWrite(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
            return true;

        var (site, origin) = (request.Headers["Sec-Fetch-Site"].ToString(), request.Headers.Origin.ToString());
        return site is "" or "same-origin" && (origin.Length is 0 || IsOurs(origin, request.Host));
    }

    private static bool IsOurs(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from) && string.Equals(from.Host, host.Host, StringComparison.OrdinalIgnoreCase)
        && (host.Port is { } port ? from.Port == port : from.IsDefaultPort);
}
