using System.Text.Json;
using Npgsql;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>How to reach an embedded cluster.</summary>
internal sealed record ClusterAddress(int Port, string SocketFolder, string Password)
{
    public const string User = "eventsourced";
    public const string Database = "eventsourced";
    private const string Host = "127.0.0.1";

    /// <summary>Of the name by which hosts know the socket.</summary>
    private const int LinkedPort = 5432;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>
    /// What the hosts use: the socket, which costs less than the loopback, by a name that stays. A socket is named after the port, and while a killed server is away somebody may
    /// take its port; hosts that run find it again all the same.
    /// </summary>
    public string ConnectionString => Connect(SocketFolder, LinkedPort, Database);

    /// <summary>The database that exists from the beginning, for creating ours.</summary>
    public string MaintenanceConnectionString => new NpgsqlConnectionStringBuilder(Connect(SocketFolder, Port, "postgres")) { Pooling = false }.ConnectionString;

    /// <summary>Leaves the address for people and other programs, readable by the owner only.</summary>
    public void Save(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var file = new FileStream(path + ".new", options))
            JsonSerializer.Serialize(file, new { Host, Port, SocketFolder, Database, User, Password, ConnectionString = Connect(Host, Port, Database) }, Json);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Gives the socket the name that hosts know. The socket need not be there yet.</summary>
    public static void Link(string socketFolder, int port)
    {
        var (link, target) = (Path.Combine(socketFolder, $".s.PGSQL.{LinkedPort}"), $".s.PGSQL.{port}");
        if (port is LinkedPort || new FileInfo(link).LinkTarget == target)
            return;

        File.Delete(link);
        File.CreateSymbolicLink(link, target);
    }

    private string Connect(string host, int port, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = host,
        Port = port,
        Username = User,
        Password = Password,
        Database = database,
    }.ConnectionString;
}
