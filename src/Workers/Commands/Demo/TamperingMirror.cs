using System.Net;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>Serves a repository with one bit changed in the middle of some files; all else is passed on as the repository answers it.</summary>
internal sealed class TamperingMirror : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _origin = new(new SocketsHttpHandler { UseProxy = false });

    private TamperingMirror(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First() + "/");

    /// <param name="repository">The repository's URL, with a slash at its end.</param>
    /// <param name="isChanged">Paths whose content is changed.</param>
    public static async Task<TamperingMirror> StartAsync(Uri repository, Func<string, bool> isChanged, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        var mirror = new TamperingMirror(builder.Build());
        mirror._app.Run(context => mirror.ServeAsync(context, repository, isChanged));
        await mirror._app.StartAsync(cancellation);
        return mirror;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _origin.Dispose();
    }

    private async Task ServeAsync(HttpContext context, Uri repository, Func<string, bool> isChanged)
    {
        var path = context.Request.Path.Value!.TrimStart('/'); // a request always has one
        using var response = await _origin.GetAsync(new Uri(repository, path), context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        var bytes = await response.Content.ReadAsByteArrayAsync(context.RequestAborted);
        if (response.IsSuccessStatusCode && bytes.Length > 0 && isChanged(path))
            bytes[bytes.Length / 2] ^= 1;

        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
