namespace EventSourced.Workers.Adapters.Sandbox;

/// <summary>Foreign code to run: a shell script of ours with its arguments, a file for its standard input, a file for its standard output.</summary>
/// <param name="Script">A constant of ours; what comes from outside is an argument.</param>
/// <param name="Arguments"><c>$1</c> and following.</param>
/// <param name="OutputFile">Gets standard output; at most <see cref="SandboxOptions.FileBytes"/>.</param>
public sealed record SandboxCommand(string Script, IReadOnlyList<string> Arguments, string OutputFile)
{
    /// <summary>Read as standard input.</summary>
    public string InputFile { get; init; } = "/dev/null";

    /// <summary>Whether it sees the machine's network; else only a loopback of its own.</summary>
    public SandboxNetwork Network { get; init; } = SandboxNetwork.None;

    /// <summary>Who it believes to be; either way it has no right of root's.</summary>
    public SandboxUser User { get; init; } = SandboxUser.Builder;

    /// <summary>What it sees over the machine's own files.</summary>
    public SandboxLayer? Layer { get; init; }

    /// <summary>Added to the small clean environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Shorter than <see cref="SandboxOptions.WallTime"/>; null takes that.</summary>
    public TimeSpan? WallTime { get; init; }

    /// <summary>How long it may run.</summary>
    public TimeSpan TimeWithin(SandboxOptions limits) => WallTime < limits.WallTime ? WallTime.Value : limits.WallTime;

    /// <summary>Gets standard error while it runs, in pieces as they come.</summary>
    public Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> Log { get; init; } = (_, _) => ValueTask.CompletedTask;
}

public enum SandboxNetwork
{
    None,
    Host,
}

public enum SandboxUser
{
    Builder,
    Root,
}

/// <summary>Files over those of the machine's (or the image's) <c>/usr</c> and <c>/var/lib/dpkg</c>, for one run: the machine and the image keep their own.</summary>
/// <param name="ArchiveFile">What they are made of, as a tar file.</param>
/// <param name="Script">
/// A constant of ours that finds the archive's files in <c>/mnt/packages</c> and makes <c>/mnt/root</c> of them, without network and in the same view as the command.
/// <c>/bin</c>, <c>/sbin</c>, <c>/lib</c> and <c>/lib64</c> are those of <c>/usr</c>.
/// </param>
public sealed record SandboxLayer(string ArchiveFile, string Script);

/// <param name="ExitCode">The script's exit code; 128 + signal when it was killed.</param>
/// <param name="TimedOut">The time limit ended it.</param>
public sealed record SandboxResult(int ExitCode, bool TimedOut)
{
    public bool Succeeded => ExitCode is 0 && !TimedOut;
}
