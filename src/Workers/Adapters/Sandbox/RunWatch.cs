using System.Diagnostics;
using System.Globalization;

namespace EventSourced.Workers.Adapters.Sandbox;

/// <summary>Ends a run whose processes together use more memory than they may, where no control group holds them: it looks, so for a moment they can have more.</summary>
internal sealed class RunWatch(Process process, SandboxOptions options, TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <returns>Why it ended the run; null when it did not have to.</returns>
    public async Task<string?> HoldAsync(CancellationToken ended)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await NextAsync(timer, ended))
        {
            if (Excess() is { } reason)
            {
                process.Kill();
                return reason;
            }
        }

        return null;
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken ended)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ended);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return false;
        }
    }

    private string? Excess()
    {
        var (tree, most) = (ProcessTree.Below(process.Id), options.MemoryBytes + options.WorkspaceBytes);
        // What each one shares with others is found out only where it could matter, for that takes the kernel longer.
        return tree.Sum(one => one.ResidentBytes) > most && tree.Sum(one => one.OwnBytes()) > most
            ? string.Create(CultureInfo.InvariantCulture, $"Its processes together used more than {most} bytes of memory.")
            : null;
    }
}

/// <param name="Id">Of the process.</param>
/// <param name="Parent">Who started it, or took it over.</param>
/// <param name="ResidentBytes">Its memory with all that it shares.</param>
internal sealed record ProcessTree(int Id, int Parent, long ResidentBytes)
{
    /// <summary>A process and all that come from it.</summary>
    public static IReadOnlyList<ProcessTree> Below(int root)
    {
        var all = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(name => Read(name!)).OfType<ProcessTree>().ToList();
        var children = all.ToLookup(one => one.Parent);
        var found = all.Where(one => one.Id == root).ToList();
        for (var next = 0; next < found.Count; next++)
            found.AddRange(children[found[next].Id]);

        return found;
    }

    /// <summary>Its part of what is in no file: pages that several processes share count for each of them in part.</summary>
    public long OwnBytes()
    {
        try
        {
            return File.ReadLines($"/proc/{Id}/smaps_rollup")
                .Where(line => line.StartsWith("Pss_Anon:", StringComparison.Ordinal) || line.StartsWith("Pss_Shmem:", StringComparison.Ordinal))
                .Sum(line => Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10);
        }
        catch (IOException)
        {
            return 0; // it ended
        }
        catch (UnauthorizedAccessException)
        {
            return ResidentBytes; // it hides from us
        }
    }

    private static ProcessTree? Read(string id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // proc(5), from the third: the second may hold anything
            return new((int)Number(id), (int)Number(fields[1]), Number(fields[21]) * Environment.SystemPageSize);
        }
        catch (IOException)
        {
            return null; // it ended
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
