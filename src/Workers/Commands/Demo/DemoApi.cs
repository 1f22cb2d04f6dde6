using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>The public API with the administrator's key.</summary>
internal sealed class DemoApi : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="url">Where it is.</param>
    /// <param name="key">An administrator's key.</param>
    public DemoApi(Uri url, string key)
    {
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public Uri Url => _http.BaseAddress!; // set in the constructor

    public void Dispose() => _http.Dispose();

    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellation)
    {
        using var response = await _http.GetAsync(path, cancellation);
        return await ReadAsync(response, cancellation);
    }

    public async Task<byte[]> GetBytesAsync(string path, CancellationToken cancellation) => await _http.GetByteArrayAsync(path, cancellation);

    /// <returns>The answer; null when the thing is there already (409).</returns>
    public async Task<JsonNode?> PostAsync(string path, JsonNode body, CancellationToken cancellation)
    {
        using var response = await _http.PostAsJsonAsync(path, body, cancellation);
        return response.StatusCode is HttpStatusCode.Conflict ? null : await ReadAsync(response, cancellation);
    }

    /// <summary>Server-sent events until the server ends them.</summary>
    public async IAsyncEnumerable<SseItem<string>> FollowAsync(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellation))
            yield return item;
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(text) ?? throw new DemoFailedException($"{response.RequestMessage?.RequestUri} answered null.")
            : throw new DemoFailedException($"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.PathAndQuery} answered {(int)response.StatusCode}: {text}");
    }
}
