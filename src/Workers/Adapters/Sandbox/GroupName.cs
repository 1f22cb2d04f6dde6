using System.Globalization;
using System.Text.RegularExpressions;

namespace EventSourced.Workers.Adapters.Sandbox;

/// <summary>
/// Names of control groups say which process made them, so that others know when it is gone. A number is a process's only in its namespace: nodes in containers may see the
/// same groups, and not each other's processes.
/// </summary>
public static partial class GroupName
{
    /// <summary>A pattern of folders that has all of them.</summary>
    public const string All = "eventsourced-*";

    private static readonly string Namespace = new([.. (new FileInfo("/proc/self/ns/pid").LinkTarget ?? "").Where(char.IsAsciiDigit)]);

    /// <summary>Of this process.</summary>
    public static string Own { get; } = Of(Environment.ProcessId);

    /// <summary>Of one of its runs.</summary>
    public static string OfRun(uint run) => string.Create(CultureInfo.InvariantCulture, $"{Own}-{run}");

    /// <summary>Of any process of this namespace.</summary>
    public static string Of(int process) => string.Create(CultureInfo.InvariantCulture, $"eventsourced-{Namespace}-{process}");

    /// <summary>Whether it was made by a process of this namespace that is no more.</summary>
    public static bool IsAbandoned(string name) =>
        Parts().Match(name) is { Success: true, Groups: var parts } && parts["namespace"].Value == Namespace && !Directory.Exists($"/proc/{parts["process"]}");

    [GeneratedRegex(@"\Aeventsourced-(?<namespace>[0-9]+)-(?<process>[0-9]+)(-[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Parts();
}
