using System.Globalization;
using System.Net;

namespace EventSourced.Workers.Adapters.Downloads;

/// <summary>
/// Some repositories on a free port of the loopback address, each below its number. A package manager reads them here and nowhere else: which addresses are asked
/// and how many bytes may come is decided by us, whatever an index or a redirect says. As a proxy it refuses all but itself.
/// </summary>
public sealed class RepositoryGateway : IAsyncDisposable
{
    private const int BufferBytes = 128 << 10;

    private readonly WebApplication _app;
    private readonly RepositoryClient _client;
    private readonly IReadOnlyList<Uri> _repositories;
    private long _bytesLeft;
    private string? _refusal;

    private RepositoryGateway(WebApplication app, RepositoryClient client, IReadOnlyList<Uri> repositories, long limitBytes) =>
        (_app, _client, _repositories, _bytesLeft) = (app, client, repositories, limitBytes);

    /// <summary>Why a file was not handed on; null when all were, or only had other answers than success.</summary>
    public string? Refusal => Volatile.Read(ref _refusal);

    /// <param name="repositories">Their URLs, with a slash at their ends.</param>
    /// <param name="limitBytes">Of all files together.</param>
    public static async Task<RepositoryGateway> StartAsync(
        IReadOnlyList<Uri> repositories, RepositoryClient client, long limitBytes, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        var gateway = new RepositoryGateway(builder.Build(), client, repositories, limitBytes);
        gateway._app.Run(gateway.ServeAsync);
        await gateway._app.StartAsync(cancellation);
        return gateway;
    }

    /// <summary>Where it is asked as a proxy.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Where a repository is read, with a slash at its end.</summary>
    public Uri AddressOf(int repository) => new(Address, $"{repository.ToString(CultureInfo.InvariantCulture)}/");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        if (!IsOurs(context.Request))
        {
            Interlocked.CompareExchange(ref _refusal, $"An index names a file at {context.Request.Host}, which is another address than its own.", null);
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        var parts = context.Request.Path.ToUriComponent().Split('/', 3);
        if (parts.Length < 3 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number >= _repositories.Count)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        try
        {
            using var answer = await _client.GetAsync(new Uri(_repositories[number].AbsoluteUri + parts[2]), context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentLength = answer.IsSuccessStatusCode ? answer.Content.Headers.ContentLength : 0;
            if (answer.IsSuccessStatusCode)
                await CopyAsync(answer.Content, context);
        }
        catch (Exception e) when (e is DownloadException or HttpRequestException or IOException && !context.RequestAborted.IsCancellationRequested)
        {
            Interlocked.CompareExchange(ref _refusal, e.Message, null);
            context.Abort();
        }
    }

    private bool IsOurs(HttpRequest request) => !HttpMethods.IsConnect(request.Method) && request.Host.Value == Address.Authority;

    private async Task CopyAsync(HttpContent content, HttpContext context)
    {
        await using var body = await content.ReadAsStreamAsync(context.RequestAborted);
        var buffer = new byte[BufferBytes];
        for (int read; (read = await body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            if (Interlocked.Add(ref _bytesLeft, -read) < 0)
                throw new DownloadException("The repositories' indexes and the packages together are larger than a build may use.");

            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
        }
    }
}
