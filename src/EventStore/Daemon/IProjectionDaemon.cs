namespace EventSourced.EventStore.Daemon;

/// <summary>Runs async projections and the high-water mark. Names are Marten's where the part exists there.</summary>
public interface IProjectionDaemon : IAsyncDisposable
{
    /// <summary>
    /// Starts the mark and every shard whose lease is free, and keeps trying for the others; fills inline projections that are newer than the log. Any number of
    /// processes may do so. Without effect when it runs.
    /// </summary>
    Task StartAllAsync();

    /// <summary>Finishes the running batches, for at most 5 seconds, and gives all leases back. Throws what ended the daemon, if something did.</summary>
    Task StopAllAsync();

    /// <summary>Builds a projection's documents again from event 1, beside the live ones, and swaps. Readers never see an empty or half table.</summary>
    /// <exception cref="ArgumentException">No projection has this name; the message lists those there are.</exception>
    /// <exception cref="RebuildInProgressException">Another process rebuilds it.</exception>
    /// <exception cref="TimeoutException">The live tables were in use all the time; they are as they were.</exception>
    Task RebuildProjectionAsync(string projectionName, CancellationToken token);

    /// <summary>Completes once every shard has reached the last event committed before the call.</summary>
    /// <exception cref="TimeoutException">Some shard did not; the message names it.</exception>
    Task WaitForNonStaleData(TimeSpan timeout);
}
