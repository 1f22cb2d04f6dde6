using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace EventSourced.Bench;

/// <summary>The yardstick: PostgreSQL's own load generator, running one script over prepared statements.</summary>
internal static class PgBench
{
    /// <summary>Transactions per second of <paramref name="script"/> with so many clients.</summary>
    public static async Task<double> RunAsync(string connectionString, string script, int clients, TimeSpan time, CancellationToken cancellation)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, script, cancellation);
            var output = await OutputAsync(connectionString, ["-n", "-M", "prepared", "-c", $"{clients}", "-j", "2", "-T", $"{(int)time.TotalSeconds}", "-f", file], cancellation);
            var line = output.Split('\n').First(l => l.StartsWith("tps = ", StringComparison.Ordinal));
            return double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<string> OutputAsync(string connectionString, string[] arguments, CancellationToken cancellation)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(Find(), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PGHOST"] = settings.Host;
        start.Environment["PGPORT"] = settings.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGUSER"] = settings.Username;
        start.Environment["PGPASSWORD"] = settings.Password;
        start.Environment["PGDATABASE"] = settings.Database;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("pgbench does not start.");
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"pgbench failed: {await errors}");
    }

    private static string Find()
    {
        var packaged = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return packaged.OrderDescending(StringComparer.Ordinal).Select(f => Path.Combine(f, "bin")).Concat(onPath).Select(f => Path.Combine(f, "pgbench")).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("The yardstick needs pgbench, which comes with PostgreSQL's server package.");
    }
}
