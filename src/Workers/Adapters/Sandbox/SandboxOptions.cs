using System.ComponentModel.DataAnnotations;

namespace EventSourced.Workers.Adapters.Sandbox;

/// <summary>Section <c>Sandbox</c>: what one run of foreign code may use.</summary>
public sealed class SandboxOptions
{
    /// <summary>Space for sources, objects and packages. It is memory: nothing a build writes touches a disk of the machine.</summary>
    /// <value>Default 4 GiB; from 16 MiB.</value>
    [Range(16L << 20, long.MaxValue)]
    public long WorkspaceBytes { get; init; } = 4L << 30;

    /// <summary>Memory of the processes, beside <see cref="WorkspaceBytes"/>. Held by a control group where one can be made, else for each process.</summary>
    /// <value>Default 4 GiB; from 64 MiB.</value>
    [Range(64L << 20, long.MaxValue)]
    public long MemoryBytes { get; init; } = 4L << 30;

    /// <summary>The largest single file, and the largest result.</summary>
    /// <value>Default 2 GiB; from 1 MiB.</value>
    [Range(1L << 20, long.MaxValue)]
    public long FileBytes { get; init; } = 2L << 30;

    /// <summary>Processes and threads at one time.</summary>
    /// <value>Default 512; from 16.</value>
    [Range(16, 100_000)]
    public int Processes { get; init; } = 512;

    /// <summary>How many processors all its processes together may keep busy. Held by a control group; without one nothing holds it.</summary>
    /// <value>Default 4; from 0.1 to 1024.</value>
    [Range(0.1, 1024.0)]
    public double Cpus { get; init; } = 4;

    /// <summary>Processor time of one process.</summary>
    /// <value>Default 2 hours; from 1 second to 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan CpuTime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Time by the clock, after which the whole process tree is ended.</summary>
    /// <value>Default 2 hours; from 1 second to 7 days.</value>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan WallTime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Microseconds, over which the kernel counts <see cref="CpuQuota"/>.</summary>
    internal const long CpuPeriod = 100_000;

    /// <summary>Microseconds of processor time in each <see cref="CpuPeriod"/>.</summary>
    internal long CpuQuota => (long)(Cpus * CpuPeriod);
}
