using System.Diagnostics;
using System.Text.Json;
using EventSourced.ServiceDefaults.Postgres;
using Npgsql;

namespace EventSourced.Workers.Tests.Hosting;

/// <summary>A data folder for real hosts; whatever server a test leaves in it is stopped.</summary>
public sealed class DataFolder : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();

    public string Path => folder["d"];

    public int PostmasterId => int.Parse(File.ReadLines(PidFile).First(), System.Globalization.CultureInfo.InvariantCulture);

    public string PidFile => System.IO.Path.Combine(Path, "pg", "data", "postmaster.pid");

    /// <summary>Where people find the server.</summary>
    public string AddressFile => System.IO.Path.Combine(Path, "pg.json");

    public string ConnectionString =>
        JsonDocument.Parse(File.ReadAllText(AddressFile)).RootElement.GetProperty("connectionString").GetString() + ";Pooling=false";

    public bool ServerRuns => File.Exists(PidFile) && IsAlive(PostmasterId);

    /// <summary>A dead process nobody has asked about yet still has its folder in /proc, but no command line.</summary>
    public static bool IsAlive(int processId) => File.Exists($"/proc/{processId}/cmdline") && File.ReadAllText($"/proc/{processId}/cmdline").Length > 0;

    /// <summary>kill -9 of the server and all its processes; returns when they are gone.</summary>
    public void KillEverything()
    {
        HostProcess.Kill(PostmasterId);
        while (Process.GetProcesses().Where(WorksHere).ToList() is { Count: > 0 } left)
            left.ForEach(process => process.Kill());
    }

    private bool WorksHere(Process process)
    {
        try
        {
            return Directory.ResolveLinkTarget($"/proc/{process.Id}/cwd", returnFinalTarget: false)?.FullName == System.IO.Path.GetDirectoryName(PidFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // ended meanwhile, or somebody else's
        }
    }

    public Task<HostProcess> StartAsync(string host, CancellationToken token) =>
        HostProcess.StartAsync(host, new Dictionary<string, string> { ["Data__Path"] = Path, ["Urls"] = "http://127.0.0.1:0", ["Roles"] = "projections" }, token);

    public async Task<object?> QueryAsync(string sql, CancellationToken token)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(token);
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(PidFile))
            await (await EmbeddedPostgres.StartOrJoinAsync(Path, CancellationToken.None)).DisposeAsync();
        folder.Dispose();
    }
}
