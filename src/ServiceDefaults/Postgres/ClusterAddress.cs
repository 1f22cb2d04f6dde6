using System.Text.Json;
using Npgsql;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>How to reach an embedded cluster.</summary>
internal sealed record ClusterAddress(int Port, string SocketFolder, string Password)
{
    public const string User = "eventsourced";
    public const string Database = "eventsourced";
    private const string Host = "127.0.0.1";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>What the hosts use: the socket, which costs less than the loopback.</summary>
    public string ConnectionString => Connect(SocketFolder, Database);

    /// <summary>The database that exists from the beginning, for creating ours.</summary>
    public string MaintenanceConnectionString => new NpgsqlConnectionStringBuilder(Connect(SocketFolder, "postgres")) { Pooling = false }.ConnectionString;

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
            JsonSerializer.Serialize(file, new { Host, Port, SocketFolder, Database, User, Password, ConnectionString = Connect(Host, Database) }, Json);
        File.Move(path + ".new", path, overwrite: true);
    }

    private string Connect(string host, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = host,
        Port = Port,
        Username = User,
        Password = Password,
        Database = database,
    }.ConnectionString;
}
