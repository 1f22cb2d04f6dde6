using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace EventSourced.ServiceDefaults.Health;

/// <summary>PostgreSQL answers a query. One connection of its own, so that a busy pool does not look like a dead database.</summary>
internal sealed class DatabaseCheck(IConfiguration configuration) : IHealthCheck, IAsyncDisposable
{
    private readonly NpgsqlDataSource source = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(configuration.GetConnectionString("EventSourced"))
    {
        ApplicationName = "eventsourced-health",
        MaxPoolSize = 1,
        Timeout = 5,
        CommandTimeout = 5,
    }.ConnectionString).Build();

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            try
            {
                await AskAsync(cancellationToken);
            }
            catch (NpgsqlException)
            {
                await AskAsync(cancellationToken); // the connection may be one to a server that has restarted since
            }

            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy("PostgreSQL does not answer.", e);
        }
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task AskAsync(CancellationToken cancellation)
    {
        await using var command = source.CreateCommand("select 1");
        await command.ExecuteScalarAsync(cancellation);
    }
}
