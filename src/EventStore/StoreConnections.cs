using Npgsql;

namespace EventSourced.EventStore;

/// <summary>The data sources of a store.</summary>
internal static class StoreConnections
{
    /// <summary>
    /// A process that is frozen, or a machine that is cut off, in the middle of a transaction would keep its locks for ever, and others skip or wait for what it locked. Shorter than the
    /// lease of a message; nothing here thinks that long inside a transaction that locks.
    /// </summary>
    private const string EndFrozenTransactions = "-c idle_in_transaction_session_timeout=15s";

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
        settings.Options = $"{EndFrozenTransactions} {settings.Options}".TrimEnd(); // the later one counts, so an operator's own stays
        if (settings.ApplicationName?.StartsWith(StoreOptions.ApplicationNamePrefix, StringComparison.Ordinal) is not true)
            settings.ApplicationName = $"{StoreOptions.ApplicationNamePrefix}-{AppDomain.CurrentDomain.FriendlyName.ToLowerInvariant()}";

        return settings;
    }
}
