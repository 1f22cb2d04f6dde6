using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace EventSourced.EventStore;

/// <summary>Registers the store with a host.</summary>
public static class ServiceCollectionExtensions
{
    /// <inheritdoc cref="AddEventStore(IServiceCollection, Action{IServiceProvider, StoreOptions})"/>
    public static IServiceCollection AddEventStore(this IServiceCollection services, Action<StoreOptions> configure) =>
        services.AddEventStore((_, options) => configure(options));

    /// <summary>
    /// Registers <see cref="IDocumentStore"/> (one a process) and, per scope, <see cref="IDocumentSession"/> and <see cref="IQuerySession"/>. The clock is the
    /// host's <see cref="TimeProvider"/> where it has one. Nothing is read or created before
    /// <see cref="IDocumentStore.ApplyAllConfiguredChangesToDatabaseAsync"/>.
    /// </summary>
    public static IServiceCollection AddEventStore(this IServiceCollection services, Action<IServiceProvider, StoreOptions> configure)
    {
        services.TryAddSingleton<IDocumentStore>(provider =>
        {
            var options = new StoreOptions { TimeProvider = provider.GetService<TimeProvider>() ?? TimeProvider.System };
            configure(provider, options);
            return new DocumentStore(options, provider.GetService<ILoggerFactory>());
        });
        services.TryAddScoped(provider => provider.GetRequiredService<IDocumentStore>().LightweightSession());
        services.TryAddScoped(provider => provider.GetRequiredService<IDocumentStore>().QuerySession());
        return services;
    }

    /// <summary>Applies all configured changes when the host starts, before the hosted services registered after this call. Name and meaning are Marten's.</summary>
    public static IServiceCollection ApplyAllDatabaseChangesOnStartup(this IServiceCollection services) => services.AddHostedService<SchemaStart>();
}
