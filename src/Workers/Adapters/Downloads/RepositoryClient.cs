namespace EventSourced.Workers.Adapters.Downloads;

/// <summary>
/// Reads files of package repositories: those of the build system itself at its own address, without redirects; all others by the rules of
/// <see cref="PublicConnections"/>.
/// </summary>
public sealed class RepositoryClient(Uri ownContent, IReadOnlyList<string> privateHosts) : IDisposable
{
    private readonly HttpClient _own = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly HttpClient _other = new(PublicConnections.Handler(privateHosts)) { Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose()
    {
        _own.Dispose();
        _other.Dispose();
    }

    /// <returns>The answer, whatever its status; its body is not read yet.</returns>
    /// <exception cref="DownloadException">No answer, or an address that may not be asked.</exception>
    public async Task<HttpResponseMessage> GetAsync(Uri url, CancellationToken cancellation)
    {
        if ((url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp) || url.UserInfo.Length > 0)
            throw new DownloadException($"{url.GetLeftPart(UriPartial.Path)} is no address of a repository: those have http or https, and no credentials.");

        try
        {
            return await (ownContent.IsBaseOf(url) ? _own : _other).GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw new DownloadException($"{url} could not be read: {e.InnerException?.Message ?? e.Message}");
        }
    }
}
