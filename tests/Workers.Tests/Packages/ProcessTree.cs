using System.Globalization;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A process as it was when it was looked at; its number may be another's later.</summary>
internal sealed record RunningProcess(int Id, string CommandLine)
{
    /// <summary>One that has ended has no command line, also where nobody has asked for its exit code yet.</summary>
    public bool IsThere => ProcessTree.CommandLineOf(Id) == CommandLine;
}

/// <summary>What runs below a process.</summary>
internal static class ProcessTree
{
    private const string Parent = "PPid:";

    public static IReadOnlyList<RunningProcess> Below(int process)
    {
        var children = Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder)).Where(name => name.All(char.IsAsciiDigit))
            .Select(name => int.Parse(name, CultureInfo.InvariantCulture)).ToLookup(ParentOf);
        return [.. Descendants(process).Select(id => new RunningProcess(id, CommandLineOf(id))).Where(p => p.CommandLine.Length > 0)];

        IEnumerable<int> Descendants(int parent) => children[parent].SelectMany(child => Descendants(child).Prepend(child));
    }

    public static string CommandLineOf(int process) => Read(process, "cmdline");

    private static int? ParentOf(int process) =>
        Read(process, "status").Split('\n').FirstOrDefault(line => line.StartsWith(Parent, StringComparison.Ordinal)) is { } line
            ? int.Parse(line[Parent.Length..], CultureInfo.InvariantCulture)
            : null;

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it has ended
        }
    }
}
