using EventSourced.Domain.Packages.Repositories;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Packages;

/// <summary>Absolute addresses of content of ours, for clients that are told where to fetch.</summary>
public sealed class ContentUrls(IOptions<PackagesOptions> options)
{
    /// <summary>A path of ours below the configured address, else below the one the client asked at; any other URL as it is.</summary>
    public string Absolute(string url, HttpRequest request) =>
        url.StartsWith('/') ? (options.Value.ContentUrl?.ToString().TrimEnd('/') ?? $"{request.Scheme}://{request.Host}") + url : url;

    /// <summary>The path of content of ours, also below the address the client asked at where another is configured; any other URL as it is.</summary>
    public string PathOf(string url, HttpRequest request) => PathBelow(options.Value.ContentUrl, url) ?? PathBelow(AddressOf(request), url) ?? url;

    private static Uri? AddressOf(HttpRequest request) => Uri.TryCreate($"{request.Scheme}://{request.Host}", UriKind.Absolute, out var address) ? address : null;

    // A proxy may have spoken https with the client.
    private static string? PathBelow(Uri? root, string url)
    {
        if (root is null || !Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Authority != root.Authority)
            return null;

        var prefix = root.AbsolutePath.TrimEnd('/');
        return address.AbsolutePath.StartsWith(prefix + RepositoryAddress.ContentRoot, StringComparison.Ordinal) ? (address.PathAndQuery + address.Fragment)[prefix.Length..] : null;
    }
}
