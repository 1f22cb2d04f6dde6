using EventSourced.ServiceDefaults;
using EventSourced.ServiceDefaults.Hosting;
using EventSourced.ServiceDefaults.Postgres;
using EventSourced.Workers.Hosting;
using EventSourced.Workers.Packages;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Commands;

/// <summary>The workers' services without the host: what a command at the terminal needs. Its output is the command's; warnings go to the error output.</summary>
internal sealed class CommandHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly EmbeddedPostgres? postgres;

    private CommandHost(WebApplication app, EmbeddedPostgres? postgres)
    {
        this.app = app;
        this.postgres = postgres;
    }

    public IServiceProvider Services => app.Services;

    public bool IsEmbedded => postgres is not null;

    /// <summary>Starts or joins the database, brings its schema up to date and returns the services; nothing runs by itself.</summary>
    public static async Task<CommandHost> CreateAsync(CancellationToken cancellation)
    {
        var builder = HostStart.CreateBuilder([]);
        builder.AddServiceDefaults("workers", "http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        var postgres = await builder.AddPostgresAsync(cancellation);
        builder.Services.AddDatabase().AddBus(drainQueue: false).AddPackagesWorkers();
        var host = new CommandHost(builder.Build(), postgres);
        host.Services.GetService<IStartupValidator>()?.Validate();
        await host.Services.GetRequiredService<IDocumentStore>().ApplyAllConfiguredChangesToDatabaseAsync(cancellation);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        if (postgres is not null)
            await postgres.DisposeAsync();
    }
}
