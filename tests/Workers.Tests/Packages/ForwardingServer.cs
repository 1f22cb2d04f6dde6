using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>Passes requests on to a repository, after something that happens just before.</summary>
public sealed class ForwardingServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _origin = new(new SocketsHttpHandler { UseProxy = false });

    private ForwardingServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First() + "/");

    /// <param name="repository">The repository's URL, with a slash at its end.</param>
    /// <param name="before">Is given the path below it.</param>
    public static async Task<ForwardingServer> StartAsync(Uri repository, Func<string, Task> before)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        var server = new ForwardingServer(builder.Build());
        server._app.Run(context => server.ServeAsync(context, repository, before));
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _origin.Dispose();
    }

    private async Task ServeAsync(HttpContext context, Uri repository, Func<string, Task> before)
    {
        var path = context.Request.Path.Value!.TrimStart('/');
        await before(path);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(repository, path));
        request.Headers.TryAddWithoutValidation(HeaderNames.UserAgent, $"{context.Request.Headers.UserAgent}");
        using var response = await _origin.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
