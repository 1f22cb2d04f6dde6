namespace EventSourced.ServiceDefaults.Hosting;

/// <summary>Which process this is.</summary>
/// <param name="Role"><c>api</c> or <c>workers</c>.</param>
public sealed record ServiceIdentity(string Role)
{
    /// <summary>Name in traces: <c>eventsourced-api</c>.</summary>
    public string ServiceName => $"eventsourced-{Role}";

    /// <summary>One process of possibly many with the same role.</summary>
    public string InstanceId { get; } = $"{Environment.MachineName}-{Environment.ProcessId}";
}
