using System.Diagnostics;

namespace EventSourced.Support;

/// <summary>Finds the machine's PostgreSQL server programs.</summary>
internal static class PostgresBinaries
{
    private const string Variable = "EVENTSOURCED_PG_BIN";

    public static string Folder { get; } = Find();

    public static string Path(string program) => System.IO.Path.Combine(Folder, program);

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return named;

        var packaged = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);

        return packaged
            .OrderByDescending(folder => int.TryParse(System.IO.Path.GetFileName(folder), out var major) ? major : 0)
            .Select(folder => System.IO.Path.Combine(folder, "bin"))
            .Concat(onPath)
            .FirstOrDefault(folder => File.Exists(System.IO.Path.Combine(folder, "initdb")) && File.Exists(System.IO.Path.Combine(folder, "postgres")))
            ?? throw new InvalidOperationException($"No PostgreSQL server programs found. Install postgresql, or name their folder in {Variable}.");
    }

    /// <summary>PostgreSQL refuses to run as root; then its programs run as the user <c>postgres</c>.</summary>
    public static ProcessStartInfo StartInfo(string program, params IEnumerable<string> arguments)
    {
        string[] command = Environment.UserName == "root"
            ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--reset-env", program, .. arguments]
            : [program, .. arguments];

        return new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }
}
