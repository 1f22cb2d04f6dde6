using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventSourced.Bench.Messaging;

/// <summary>The bus over the ledgers, as one of several processes would run it: with a store of its own.</summary>
internal static class BusHost
{
    public static async Task<IHost> StartAsync(string connectionString, bool drains, CancellationToken cancellation)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddMetrics();
        builder.Services.AddEventStore(options => Configure(options, connectionString));
        builder.Services.AddMessaging(options =>
        {
            options.DecisionTypes.AddRange([typeof(AddEntry), typeof(AddEntryHandler)]);
            options.Role = "bench";
            options.DrainQueue = drains;
        });
        var host = builder.Build();
        await host.StartAsync(cancellation);
        return host;
    }

    public static async Task PrepareAsync(string connectionString, CancellationToken cancellation)
    {
        await using var store = DocumentStore.For(options => Configure(options, connectionString));
        await store.ApplyAllConfiguredChangesToDatabaseAsync(cancellation);
    }

    private static void Configure(StoreOptions options, string connectionString)
    {
        options.ConnectionString = connectionString;
        options.AddMessageStorage();
        options.Events.AddEventType<EntryAdded>();
    }
}
