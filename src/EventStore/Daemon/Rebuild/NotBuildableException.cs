namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>What a projection does cannot be done in tables beside the live ones, whatever the events are.</summary>
internal sealed class NotBuildableException(string message) : InvalidOperationException(message);
