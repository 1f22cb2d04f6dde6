using EventSourced.Domain;
using EventSourced.Projections;
using EventSourced.ServiceDefaults.Postgres;
using EventSourced.ServiceDefaults.Secrets;

namespace EventSourced.Api.Hosting;

internal static class StoreSetup
{
    /// <summary>The event store with every area's streams and read models, and the bus that decides in process and leaves the queue to the workers.</summary>
    public static IServiceCollection AddStoreAndBus(this IServiceCollection services) => services
        .AddEventStore((provider, options) =>
        {
            options.ConnectionString = provider.GetRequiredService<IConfiguration>().GetConnectionString(PostgresRegistration.ConnectionName)!;
            options.AddAreas().AddMessageStorage();
            options.Schema.Scripts([.. Areas.Scripts, ("secrets", SecretsSchema.Sql)]);
            options.Projections.Compare(Areas.Comparisons);
        })
        .ApplyAllDatabaseChangesOnStartup()
        .AddSingleton(provider => provider.GetRequiredService<IDocumentStore>().DataSource)
        .AddMessaging(options =>
        {
            options.Role = "api";
            options.DiscoverDecisions(typeof(RuleViolationException).Assembly).Discover(typeof(Areas).Assembly);
            options.Refusals<RuleViolationException>();
        });
}
