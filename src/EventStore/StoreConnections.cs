using Npgsql;

namespace EventSourced.EventStore;

/// <summary>The data source of a store.</summary>
internal static class StoreConnections
{
    public static NpgsqlDataSource Build(string connectionString)
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

        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }
}
