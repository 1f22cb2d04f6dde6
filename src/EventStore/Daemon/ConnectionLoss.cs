using Npgsql;

namespace EventSourced.EventStore.Daemon;

/// <summary>What a dedicated connection throws when its server is gone, so that its loop connects again.</summary>
public static class ConnectionLoss
{
    /// <summary>Also "not open": what a command meets after the connection's keep-alive has noticed the loss first.</summary>
    public static bool Is(Exception exception) =>
        exception is NpgsqlException or TimeoutException or IOException or InvalidOperationException { Source: "Npgsql" };
}
