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

    public ApiHost Api { get; init; } = new();

    public IServiceProvider Workers => workersHost?.Services ?? throw new InvalidOperationException("The workers have not been started.");

    /// <summary>Settings of the workers on top of the defaults; to be filled before the start.</summary>
    public Dictionary<string, string?> WorkersSettings { get; } = [];

    public RecordedLog WorkersLog { get; } = new();

    /// <summary>What of it is kept.</summary>
    public LogLevel WorkersLevel { get; init; } = LogLevel.Debug;

    public virtual async ValueTask InitializeAsync()
    {
        await Api.InitializeAsync();
        workersHost = await StartWorkersAsync(Api, WorkersLog, WorkersLevel, WorkersSettings);
    }

    /// <summary>Workers over the database and data folder of an API, in the roles that the settings say; the caller stops and disposes them.</summary>
    public static async Task<WebApplication> StartWorkersAsync(
        ApiHost api, RecordedLog log, LogLevel kept = LogLevel.Debug, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:EventSourced"] = api.Database.ConnectionString,
            ["Data:Path"] = api.DataFolder,
            [WorkerRolesSetting.Key] = "projections,effects",
        }).AddInMemoryCollection(settings);
        builder.AddServiceDefaults("workers", "http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(log).AddFilter<RecordedLog>(null, kept);
        ServeCommand.AddRoles(builder.Services, builder.Configuration, WorkerRolesSetting.Read(builder.Configuration));
        var workers = builder.Build();
        await workers.StartAsync();
        return workers;
    }

    public virtual async ValueTask DisposeAsync()
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
