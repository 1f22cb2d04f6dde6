using Npgsql;

namespace EventSourced.EventStore;

/// <summary>The data sources of a store.</summary>
internal static class StoreConnections
{
    public static NpgsqlDataSource Build(string connectionString) => new NpgsqlDataSourceBuilder(Settings(connectionString).ConnectionString).Build();

    /// <summary>Connections on which a statement that waits for a lock is soon refused (55P03).</summary>
    public static NpgsqlDataSource BuildImpatient(string connectionString, TimeSpan patience, int atMost)
    {
        var settings = Settings(connectionString);
        settings.Options = $"{settings.Options} -c lock_timeout={(long)patience.TotalMilliseconds}";
        settings.MinPoolSize = 0;
        settings.MaxPoolSize = atMost;
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    private static NpgsqlConnectionStringBuilder Settings(string connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
            throw new InvalidOperationException("StoreOptions.ConnectionString is empty.");

        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 200, // every statement of a hot path is constant text, planned once a connection
            NoResetOnClose = true, // nothing here leaves state on a pooled connection, and a reset would travel with every save
        };
        if (settings.ApplicationName?.StartsWith(StoreOptions.ApplicationNamePrefix, StringComparison.Ordinal) is not true)
            settings.ApplicationName = $"{StoreOptions.ApplicationNamePrefix}-{AppDomain.CurrentDomain.FriendlyName.ToLowerInvariant()}";

        return settings;
    }
}
