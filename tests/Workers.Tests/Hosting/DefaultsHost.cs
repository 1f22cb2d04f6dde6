using EventSourced.ServiceDefaults;
using EventSourced.ServiceDefaults.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace EventSourced.Workers.Tests.Hosting;

/// <summary>A host with the service defaults and nothing else, in this process.</summary>
public sealed class DefaultsHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private DefaultsHost(WebApplication app)
    {
        this.app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => app.Services;

    public static async Task<DefaultsHost> StartAsync(string? connectionString, string dataPath, CancellationToken token)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:EventSourced", connectionString), new("Data:Path", dataPath)]);
        builder.AddServiceDefaults("test", "http://127.0.0.1:0");
        if (connectionString is not null)
            await builder.AddPostgresAsync(token);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGet("/things/{id}", (int id) => id);
        await app.StartAsync(token);
        return new DefaultsHost(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
