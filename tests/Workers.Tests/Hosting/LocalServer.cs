using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace EventSourced.Workers.Tests.Hosting;

/// <summary>A real HTTP server on the loopback that answers as the test says.</summary>
public sealed class LocalServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private LocalServer(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.Single());

    public static async Task<LocalServer> StartAsync(RequestDelegate answer, CancellationToken token, string host = "127.0.0.1")
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:0");
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(token);
        return new LocalServer(app);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
