namespace EventSourced.Workers.Adapters.Containers;

/// <summary>A container to be made, in the engine's own words; times and sizes are in its units.</summary>
public sealed record ContainerSpec(string Image, IReadOnlyList<string> Entrypoint)
{
    public string User { get; init; } = "";
    public string WorkingDir { get; init; } = "";
    public string Hostname { get; init; } = "";
    public IReadOnlyList<string> Env { get; init; } = [];
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    public bool OpenStdin { get; init; }
    public bool AttachStdin => OpenStdin;
    public ContainerHealthcheck Healthcheck { get; } = new(["NONE"]);
    public ContainerHostConfig HostConfig { get; init; } = new();
}

public sealed record ContainerHealthcheck(IReadOnlyList<string> Test);

/// <summary>What a container may use of its machine. Without more it gets nothing that it could keep: no network, no right, no log.</summary>
public sealed record ContainerHostConfig
{
    public string NetworkMode { get; } = "none";
    public IReadOnlyList<string> CapDrop { get; } = ["ALL"];
    public IReadOnlyList<string> SecurityOpt { get; } = ["no-new-privileges"];
    public ContainerLogConfig LogConfig { get; } = new("none");
    public bool ReadonlyRootfs { get; init; } = true;
    public IReadOnlyDictionary<string, string> Tmpfs { get; init; } = new Dictionary<string, string>();
    public long ShmSize { get; init; }
    public long Memory { get; init; }
    public long MemorySwap { get; init; }
    public long PidsLimit { get; init; }
    public long CpuPeriod { get; init; }
    public long CpuQuota { get; init; }
    public IReadOnlyList<ContainerUlimit> Ulimits { get; init; } = [];
}

public sealed record ContainerLogConfig(string Type);

public sealed record ContainerUlimit(string Name, long Soft, long Hard);

internal sealed record EngineVersion(string ApiVersion, string? MinApiVersion);

internal sealed record EngineError(string? Message);

internal sealed record EngineId(string Id);

internal sealed record EngineExit(int StatusCode);

/// <summary>A line of what an engine says while it fetches.</summary>
internal sealed record EngineProgress(string? Error);

public sealed record EngineImage(string Id, EngineImageConfig? Config);

/// <param name="Volumes">Paths at which a container of it gets a folder on the engine's disk.</param>
public sealed record EngineImageConfig(IReadOnlyDictionary<string, object>? Volumes);

/// <summary>A container or image of a list.</summary>
public sealed record EngineThing(string Id, IReadOnlyDictionary<string, string>? Labels);
