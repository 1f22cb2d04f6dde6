using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourced.Workers.Adapters.Containers;

/// <summary>Requests to an engine in the version of its API that both sides know, and its errors as <see cref="ContainerEngineException"/>.</summary>
internal sealed class EngineConnection : IDisposable
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMinutes(10); // files of a layer are long
    private static readonly Version Newest = new(1, 47);

    private readonly string _address;
    private readonly HttpClient _http;
    private string? _version;

    public EngineConnection(string address)
    {
        _address = address;
        var url = new Uri(address);
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = ConnectTime };
        if (url.Scheme is "unix")
            handler.ConnectCallback = (_, cancellation) => ConnectAsync(url.LocalPath, cancellation);

        _http = new HttpClient(handler)
        {
            BaseAddress = url.Scheme switch { "unix" => new Uri("http://engine/"), "tcp" => new UriBuilder(url) { Scheme = "http" }.Uri, _ => url },
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public static JsonSerializerOptions Json { get; } = new() { PropertyNameCaseInsensitive = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public void Dispose() => _http.Dispose();

    /// <summary>Returns once the answer's head is there.</summary>
    /// <param name="method">HTTP's.</param>
    /// <param name="path">Without the version.</param>
    /// <param name="content">The body.</param>
    /// <param name="upgrade">Whether the answer is a connection of bytes both ways.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, bool upgrade, CancellationToken cancellation)
    {
        _version ??= await AgreeAsync(cancellation);
        using var request = new HttpRequestMessage(method, $"/v{_version}{path}") { Content = content };
        if (upgrade)
        {
            request.Headers.Connection.Add("Upgrade");
            request.Headers.Upgrade.Add(new("tcp"));
        }

        return await SendAsync(request, cancellation);
    }

    public async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(Json, cancellation) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            throw Unavailable(e);
        }
    }

    public ContainerEngineException Unavailable(Exception reason) => new($"The container engine {_address} is not available: {reason.Message}", status: null);

    /// <summary>An engine refuses versions older than it still knows, and newer ones than itself.</summary>
    private async Task<string> AgreeAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/version");
        using var response = await SendAsync(request, cancellation);
        var engine = await ReadAsync<EngineVersion>(response, cancellation);
        var (newest, oldest) = (Version.Parse(engine.ApiVersion), Version.Parse(engine.MinApiVersion ?? engine.ApiVersion));
        var agreed = newest < Newest ? newest : oldest > Newest ? oldest : Newest;
        return string.Create(CultureInfo.InvariantCulture, $"{agreed.Major}.{agreed.Minor}");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerTime);
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.SwitchingProtocols or HttpStatusCode.NotModified)
                return response;

            using (response)
                throw new ContainerEngineException(await ReasonAsync(response, limit.Token), response.StatusCode);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw Unavailable(e);
        }
    }

    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var text = await response.Content.ReadAsStringAsync(cancellation);
        try
        {
            return $"The container engine refused: {JsonSerializer.Deserialize<EngineError>(text, Json)?.Message ?? text}";
        }
        catch (JsonException)
        {
            return $"The container engine answered {(int)response.StatusCode}: {text}";
        }
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
