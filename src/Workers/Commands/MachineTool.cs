namespace EventSourced.Workers.Commands;

/// <summary>A program of the machine that some of our work needs.</summary>
/// <param name="Program">Its name.</param>
/// <param name="Package">Debian's package of it.</param>
/// <param name="Disables">What does not work without it.</param>
internal sealed record MachineTool(string Program, string Package, string Disables)
{
    private static readonly string[] Folders =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), "/usr/local/sbin", "/usr/sbin", "/sbin"];

    /// <summary>The list run.sh installs from, one line a tool: program|package|install|disables.</summary>
    public static IReadOnlyList<MachineTool> All()
    {
        using var stream = typeof(MachineTool).Assembly.GetManifestResourceStream("tools.txt") ?? throw new InvalidOperationException("tools.txt is not in the assembly.");
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] is not '#').Select(line => line.Split('|')).Select(f => new MachineTool(f[0], f[1], f[3]))];
    }

    public string? Find() => Folders.Select(folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);
}
