using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>The content of a host in memory at an address of this machine, for programs that fetch it.</summary>
internal sealed class ContentServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private ContentServer(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First());

    public static async Task<ContentServer> StartAsync(HttpClient content)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        var server = new ContentServer(builder.Build());
        server.app.Run(context => AnswerAsync(context, content));
        await server.app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context, HttpClient content)
    {
        using var answer = await content.GetAsync(new Uri(context.Request.Path.ToUriComponent(), UriKind.Relative), context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        await context.Response.Body.WriteAsync(await answer.Content.ReadAsByteArrayAsync(context.RequestAborted), context.RequestAborted);
    }
}
