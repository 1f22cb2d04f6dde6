namespace EventSourced.EventStore.Daemon;

/// <summary>Another process rebuilds or verifies the same projection. Nothing was done; try again when it is over.</summary>
/// <param name="what">What it does.</param>
public sealed class RebuildInProgressException(string what) : InvalidOperationException($"Another process does this already: {what}.");
