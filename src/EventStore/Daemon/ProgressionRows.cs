namespace EventSourced.EventStore.Daemon;

/// <summary>Names of rows in <c>mt_event_progression</c>.</summary>
internal static class ProgressionRows
{
    public const string HighWaterMark = "HighWaterMark";

    public static string Shard(string name, uint version) => version > 1 ? $"{name}:V{version}:All" : $"{name}:All";
}
