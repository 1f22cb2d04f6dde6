using EventSourced.Domain;
using EventSourced.Projections;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.ServiceDefaults.Hosting;
using EventSourced.ServiceDefaults.Postgres;
using EventSourced.ServiceDefaults.Secrets;

namespace EventSourced.Workers.Hosting;

/// <summary>The event store and the bus as the workers use them.</summary>
public static class Database
{
    /// <summary>Every area's events and read models.</summary>
    public static IServiceCollection AddDatabase(this IServiceCollection services)
    {
        services.AddEventStore((provider, options) =>
        {
            options.ConnectionString = provider.GetRequiredService<IConfiguration>().GetConnectionString(PostgresRegistration.ConnectionName)!;
            options.AddMessageStorage();
            options.AddAreas();
            options.Schema.Scripts([.. Areas.Scripts, ("secrets", SecretsSchema.Sql)]);
            options.Projections.Compare(Areas.Comparisons);
        });
        services.AddSingleton(provider => provider.GetRequiredService<IDocumentStore>().DataSource);
        return services.ApplyAllDatabaseChangesOnStartup().AddSecrets().AddArtifactStore();
    }

    /// <summary>A disk that is full or a share that is away waits for a person: four hours in place of a quarter of one.</summary>
    private static readonly TimeSpan[] StorageCooldowns =
    [
        TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(2),
    ];

    /// <summary>Handlers of every area. Only a host that drains the queue must have them all.</summary>
    public static IServiceCollection AddBus(this IServiceCollection services, IConfiguration configuration, bool drainQueue) =>
        services.AddMessaging(options =>
        {
            options.Role = "workers";
            options.DiscoverDecisions(typeof(RuleViolationException).Assembly);
            options.Discover(typeof(PackagesProjections).Assembly, typeof(Database).Assembly);
            options.Refusals<RuleViolationException>();
            options.Policies.OnException<IOException>().RetryWithCooldown(StorageCooldowns);
            options.Policies.OnException<UnauthorizedAccessException>().RetryWithCooldown(StorageCooldowns);
            options.Policies.OnException<EndOfStreamException>().RetryWithCooldown(StorageCooldowns[..5]); // what was stored is too short, and stays so
            options.Policies.OnException<HttpIOException>().RetryWithCooldown(StorageCooldowns[..5]);
            options.DrainQueue = drainQueue;
            options.ShutdownGrace = (configuration.GetSection("Shutdown").Get<ShutdownOptions>() ?? new()).HandlersGrace();
        });
}
