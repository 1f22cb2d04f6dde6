using EventSourced.Projections.Accounts;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Postgres;
using EventSourced.ServiceDefaults.Secrets;

namespace EventSourced.Api.Hosting;

internal static class StoreSetup
{
    /// <summary>The event store with every area's streams and read models.</summary>
    public static IServiceCollection AddStore(this IServiceCollection services) => services
        .AddEventStore((provider, options) =>
        {
            options.ConnectionString = provider.GetRequiredService<IConfiguration>().GetConnectionString(PostgresRegistration.ConnectionName)!;
            options.AddPackages().AddAccounts();
            options.Schema.Script("secrets", SecretsSchema.Sql);
        })
        .ApplyAllDatabaseChangesOnStartup()
        .AddSingleton(provider => provider.GetRequiredService<IDocumentStore>().DataSource);
}
