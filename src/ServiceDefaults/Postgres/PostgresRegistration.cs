using EventSourced.ServiceDefaults.Health;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>How a host gets its database.</summary>
public static class PostgresRegistration
{
    /// <summary>Name of the connection string; in the environment <c>ConnectionStrings__EventSourced</c>.</summary>
    public const string ConnectionName = "EventSourced";

    /// <summary>
    /// Checks the configured connection string, or without one starts or joins the embedded server and configures its own. Dispose the result after the
    /// host has ended.
    /// </summary>
    /// <returns>The embedded server; null with a configured connection string.</returns>
    /// <exception cref="ConfigurationException">The connection string is none, or there is no PostgreSQL here.</exception>
    public static async Task<EmbeddedPostgres?> AddPostgresAsync(this IHostApplicationBuilder builder, CancellationToken cancellation)
    {
        builder.Services.AddDatabaseCheck();
        if (builder.Configuration.GetConnectionString(ConnectionName) is { Length: > 0 } configured)
        {
            Check(configured);
            return null;
        }

        var dataPath = builder.Configuration.GetSection("Data").Get<DataOptions>()?.Path is { Length: > 0 } path
            ? path : throw new ConfigurationException("Data:Path is empty.");
        var postgres = await EmbeddedPostgres.StartOrJoinAsync(dataPath, cancellation);
        builder.Configuration.AddInMemoryCollection([new($"ConnectionStrings:{ConnectionName}", postgres.ConnectionString)]);
        builder.Services.AddSingleton(postgres).AddHostedService<PostgresKeeper>();
        return postgres;
    }

    private static void Check(string connectionString)
    {
        try
        {
            _ = new NpgsqlConnectionStringBuilder(connectionString) is { Host: { Length: > 0 } } ? 0
                : throw new ConfigurationException($"ConnectionStrings:{ConnectionName} names no Host.");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The text may hold a password: only the reason is repeated.
            throw new ConfigurationException($"ConnectionStrings:{ConnectionName} is not a PostgreSQL connection string ({e.Message})");
        }
    }
}
