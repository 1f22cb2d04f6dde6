extern alias workers;

using EventSourced.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using workers::EventSourced.Workers.Commands;
using workers::EventSourced.Workers.Hosting;

namespace EventSourced.Api.Tests;

/// <summary>The real API and the real workers (effects and projections, no node) over one database and data folder.</summary>
public class BothHosts : IAsyncLifetime
{
    private WebApplication? workersHost;

    public ApiHost Api { get; } = new();

    public IServiceProvider Workers => workersHost?.Services ?? throw new InvalidOperationException("The workers have not been started.");

    /// <summary>Settings of the workers on top of the defaults; to be filled before the start.</summary>
    public Dictionary<string, string?> WorkersSettings { get; } = [];

    public RecordedLog WorkersLog { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await Api.InitializeAsync();
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:EventSourced"] = Api.Database.ConnectionString,
            ["Data:Path"] = Api.DataFolder,
        }).AddInMemoryCollection(WorkersSettings);
        builder.AddServiceDefaults("workers", "http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(WorkersLog).SetMinimumLevel(LogLevel.Debug);
        ServeCommand.AddRoles(builder.Services, WorkerRoles.Effects | WorkerRoles.Projections);
        workersHost = builder.Build();
        await workersHost.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (workersHost is not null)
        {
            await workersHost.StopAsync();
            await workersHost.DisposeAsync();
        }

        await Api.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
