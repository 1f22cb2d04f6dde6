namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>A folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</summary>
internal sealed record PostgresBinaries(string Folder)
{
    public string Initdb => Path.Combine(Folder, "initdb");

    public string PgCtl => Path.Combine(Folder, "pg_ctl");

    public string Postgres => Path.Combine(Folder, "postgres");

    /// <summary>The newest on this machine; for data that exists, the ones of its major version.</summary>
    /// <exception cref="ConfigurationException">There are none.</exception>
    public static async Task<PostgresBinaries> FindAsync(ClusterPaths paths, CancellationToken cancellation)
    {
        var found = Candidates(paths).Select(folder => new PostgresBinaries(folder))
            .Where(candidate => File.Exists(candidate.Initdb) && File.Exists(candidate.PgCtl) && File.Exists(candidate.Postgres)).ToList();
        if (found.Count is 0)
        {
            throw new ConfigurationException(
                "PostgreSQL was not found on this machine. Install its server package, or set ConnectionStrings__EventSourced to a database.");
        }

        if (!File.Exists(paths.VersionFile))
            return found[0];

        var major = (await File.ReadAllTextAsync(paths.VersionFile, cancellation)).Trim();
        foreach (var candidate in found)
        {
            if (await candidate.MajorAsync(cancellation) == major)
                return candidate;
        }

        throw new ConfigurationException($"The data in {paths.Data} needs PostgreSQL {major}, which was not found on this machine.");
    }

    private async Task<string> MajorAsync(CancellationToken cancellation)
    {
        var version = (await Command.RunAsync([Postgres, "--version"], cancellation)).Split(' ').First(word => char.IsAsciiDigit(word[0]));
        return version.Split('.')[0].TrimEnd();
    }

    private static IEnumerable<string> Candidates(ClusterPaths paths) =>
    [
        .. Versioned("/usr/lib/postgresql", "*").Concat(Versioned("/usr", "pgsql-*"))
            .OrderByDescending(folder => int.TryParse(new string([.. folder.Where(char.IsAsciiDigit)]), out var major) ? major : 0),
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(Resolve),
        .. Directory.Exists(paths.NpmPackages) ? Directory.GetDirectories(paths.NpmPackages).Select(package => Path.Combine(package, "native", "bin")) : [],
    ];

    private static IEnumerable<string> Versioned(string parent, string pattern) =>
        Directory.Exists(parent) ? Directory.GetDirectories(parent, pattern).Select(folder => Path.Combine(folder, "bin")) : [];

    // A link in PATH leads to the folder in which the server finds its own files.
    private static string Resolve(string folder) =>
        new FileInfo(Path.Combine(folder, "postgres")) is { Exists: true } server
            ? Path.GetDirectoryName((server.ResolveLinkTarget(returnFinalTarget: true) ?? server).FullName)!
            : folder;
}
