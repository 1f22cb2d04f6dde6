using System.Net;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>Where a node's build system is, and the key it opens it with.</summary>
public interface IMasterAccess
{
    Uri MasterUrl { get; }

    /// <summary>The key; without one, the first line of <see cref="TokenFile"/>.</summary>
    string? Token { get; }

    string TokenFile { get; }

    /// <summary>How long the server may keep a question open.</summary>
    TimeSpan PollWait { get; }
}

/// <summary>The server will never take what it was sent (400, 413, 422).</summary>
/// <param name="message">The request and what the server said.</param>
/// <param name="status">Its status.</param>
public sealed class MasterRefusedException(string message, HttpStatusCode status) : HttpRequestException(message, inner: null, status)
{
    internal static bool Is(HttpStatusCode status) =>
        status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableContent;
}

/// <summary>The build system as nodes of any kind reach it: its public HTTP API with the node's key on every request.</summary>
public abstract class MasterConnection : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(60);

    protected MasterConnection(IMasterAccess access, TimeProvider time)
    {
        var server = new NodeToken(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseProxy = false }, access);
        Polls = new HttpClient(server, disposeHandler: false) { BaseAddress = access.MasterUrl, Timeout = AnswerTime + access.PollWait };
        Calls = new HttpClient(new MasterRetryHandler(server, time)) { BaseAddress = access.MasterUrl, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>For questions that are asked again anyway.</summary>
    protected HttpClient Polls { get; }

    /// <summary>For what must arrive: sent again for about two minutes.</summary>
    protected HttpClient Calls { get; }

    public void Dispose()
    {
        Polls.Dispose();
        Calls.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Sends a request of the artifact store's API; anything but success is an error.</summary>
    internal async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await Calls.SendAsync(request, cancellation);
        await EnsureSuccessAsync(response, cancellation);
        return await response.Content.ReadFromJsonAsync<T>(NodeJson.Options, cancellation)
            ?? throw new HttpRequestException($"{method} {path} answered null.");
    }

    protected static async Task EnsureSuccessAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
            return;

        var body = await response.Content.ReadAsStringAsync(cancellation);
        var message = $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath} answered {(int)response.StatusCode}: {body}";
        throw MasterRefusedException.Is(response.StatusCode)
            ? new MasterRefusedException(message, response.StatusCode)
            : new HttpRequestException(message, inner: null, response.StatusCode);
    }
}
