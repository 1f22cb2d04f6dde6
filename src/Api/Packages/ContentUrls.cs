using Microsoft.Extensions.Options;

namespace EventSourced.Api.Packages;

/// <summary>Absolute addresses of content of ours, for clients that are told where to fetch.</summary>
public sealed class ContentUrls(IOptions<PackagesOptions> options)
{
    /// <summary>A path of ours below the configured address, else below the one the client asked at; any other URL as it is.</summary>
    public string Absolute(string url, HttpRequest request) =>
        url.StartsWith('/') ? (options.Value.ContentUrl?.ToString().TrimEnd('/') ?? $"{request.Scheme}://{request.Host}") + url : url;
}
