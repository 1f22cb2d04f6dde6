using System.Globalization;

namespace EventSourced.Workers.Adapters.Processes;

/// <summary>What a program may use that looks at what nobody vouches for.</summary>
/// <param name="MemoryBytes">Its address space.</param>
/// <param name="FileBytes">The largest file that it may write.</param>
/// <param name="OutputBytes">What it may say, to each of its two outputs.</param>
/// <param name="CpuTime">Processor time.</param>
public sealed record ToolLimits(long MemoryBytes, long FileBytes, int OutputBytes, TimeSpan CpuTime)
{
    /// <summary>The exit code of what starts the program where there is none.</summary>
    internal const int NotInstalled = 127;

    /// <summary>Arguments of <c>prlimit</c>, up to the program.</summary>
    internal IEnumerable<string> Arguments =>
        [$"--as={Text(MemoryBytes)}", $"--fsize={Text(FileBytes)}", $"--cpu={Text((long)Math.Ceiling(CpuTime.TotalSeconds))}", "--core=0", "--"];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
