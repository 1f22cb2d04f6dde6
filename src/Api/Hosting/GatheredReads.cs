namespace EventSourced.Api.Hosting;

/// <summary>Reads by key, one query at a time: while one runs, the next keys gather and share one. A lone caller is served at once.</summary>
/// <typeparam name="TKey">What is asked for.</typeparam>
/// <typeparam name="TValue">What is stored.</typeparam>
/// <param name="read">Reads several keys; those it does not find are left out.</param>
/// <param name="most">The most keys of one query.</param>
public sealed class GatheredReads<TKey, TValue>(Func<IReadOnlyCollection<TKey>, Task<IReadOnlyDictionary<TKey, TValue>>> read, int most)
    where TKey : notnull where TValue : class
{
    private readonly Lock gate = new();
    private readonly Queue<Waiting> queue = [];
    private bool isReading;

    /// <summary>What is stored when the caller asks, or after; null when there is nothing.</summary>
    public Task<TValue?> ReadAsync(TKey key, CancellationToken ct)
    {
        var waiting = new Waiting(key, ct);
        lock (gate)
        {
            queue.Enqueue(waiting);
            if (isReading)
                return waiting.Source.Task.WaitAsync(ct);

            isReading = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static reads => _ = reads.RunAsync(), this, preferLocal: false); // not in the context of who came first
        return waiting.Source.Task.WaitAsync(ct);
    }

    private async Task RunAsync()
    {
        while (Next() is { Count: > 0 } together)
            await ReadAsync(together);
    }

    /// <summary>Empty when nobody waits; then the next caller starts anew.</summary>
    private List<Waiting> Next()
    {
        var together = new List<Waiting>();
        lock (gate)
        {
            while (together.Count < most && queue.TryDequeue(out var next))
            {
                if (!next.Token.IsCancellationRequested)
                    together.Add(next);
            }

            isReading = together.Count > 0;
        }

        return together;
    }

    private async Task ReadAsync(List<Waiting> together)
    {
        try
        {
            var found = await read([.. together.Select(w => w.Key).Distinct()]);
            together.ForEach(w => w.Source.SetResult(found.GetValueOrDefault(w.Key)));
        }
        catch (Exception e)
        {
            together.ForEach(w => w.Fail(e));
        }
    }

    private sealed record Waiting(TKey Key, CancellationToken Token)
    {
        public TaskCompletionSource<TValue?> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Each caller tells its client; one that has left need not look.</summary>
        public void Fail(Exception reason)
        {
            Source.SetException(reason);
            _ = Source.Task.Exception;
        }
    }
}
