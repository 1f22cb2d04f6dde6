using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Adapters.Sandbox;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Adapters.Downloads;

/// <summary>
/// Fetches a file from an address that a user named, by the rules of fetches from Git: http and https without credentials, no private address (also none that
/// a redirect leads to), at most <see cref="SandboxOptions.FileBytes"/>, within <see cref="GitOptions.FetchTime"/>.
/// </summary>
public sealed class SourceDownload : IDisposable
{
    private readonly IOptions<GitOptions> _options;
    private readonly long _mostBytes;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public SourceDownload(IOptions<GitOptions> options, IOptions<SandboxOptions> sandbox, TimeProvider time)
    {
        (_options, _mostBytes, _time) = (options, sandbox.Value.FileBytes, time);
        _http = new HttpClient(PublicConnections.Handler(options.Value.PrivateHosts)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public void Dispose() => _http.Dispose();

    /// <param name="url">As the user gave it.</param>
    /// <param name="path">The file, made anew.</param>
    /// <param name="limitBytes">Its longest length, where that is less than that of any file.</param>
    /// <exception cref="DownloadException">Not fetched, with the reason.</exception>
    public async Task FetchAsync(Uri url, string path, long limitBytes, CancellationToken cancellation)
    {
        if ((url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp) || url.UserInfo.Length > 0)
            throw new DownloadException("Source packages are fetched by https and http, without credentials in the URL.");

        using var limit = new CancellationTokenSource(_options.Value.FetchTime, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            using var response = await _http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, end.Token);
            if (!response.IsSuccessStatusCode)
                throw new DownloadException($"{url} answered {(int)response.StatusCode}.");

            await BoundedCopy.ToFileAsync(response.Content, path, Math.Min(limitBytes, _mostBytes), end.Token);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new DownloadException($"{url} could not be fetched: {e.InnerException?.Message ?? e.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new DownloadException($"{url} could not be fetched within {_options.Value.FetchTime}.");
        }
    }
}
