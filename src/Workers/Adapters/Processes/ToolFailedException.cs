namespace EventSourced.Workers.Adapters.Processes;

/// <summary>A program of the machine ended with an error.</summary>
/// <param name="tool">Its name.</param>
/// <param name="exitCode">Its exit code.</param>
/// <param name="output">The end of what it said, as an error or else as its output.</param>
public sealed class ToolFailedException(string tool, int exitCode, string output)
    : Exception($"{tool} ended with {exitCode}: {output}")
{
    public string Tool { get; } = tool;

    public int ExitCode { get; } = exitCode;
}
