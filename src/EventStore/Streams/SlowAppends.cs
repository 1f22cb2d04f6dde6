using Npgsql;

namespace EventSourced.EventStore.Streams;

/// <summary>
/// Appends whose stream somebody holds: they wait on a connection outside the lanes, one for each such stream. As long as one waits, the next of its stream
/// queue behind it.
/// </summary>
internal sealed class SlowAppends(NpgsqlDataSource source, AppendCommand commands)
{
    private readonly Lock sync = new();
    private readonly Dictionary<string, (Queue<WaitingAppend> Queue, Task Run)> streams = new(StringComparer.Ordinal);
    private int count;

    /// <summary>Takes the append when its stream is known to be held.</summary>
    public bool TryJoin(WaitingAppend waiting)
    {
        if (Volatile.Read(ref count) == 0)
            return false;

        lock (sync)
        {
            if (!streams.ContainsKey(waiting.Append.Key))
                return false;

            Add(waiting);
            return true;
        }
    }

    public void Add(WaitingAppend waiting)
    {
        var key = waiting.Append.Key;
        waiting.LeaveLane();
        lock (sync)
        {
            if (streams.TryGetValue(key, out var known))
            {
                known.Queue.Enqueue(waiting);
                return;
            }

            var queue = new Queue<WaitingAppend>([waiting]);
            streams[key] = (queue, Task.Run(() => SaveAllAsync(key, queue)));
            Volatile.Write(ref count, streams.Count);
        }
    }

    /// <summary>Waits for those that still run.</summary>
    public Task EndAsync()
    {
        lock (sync)
            return Task.WhenAll(streams.Values.Select(s => s.Run).ToArray());
    }

    /// <summary>One append in a transaction of its own.</summary>
    /// <returns>Whether the stream's row was won.</returns>
    public static async Task<bool> RunAsync(NpgsqlConnection connection, AppendCommand commands, StreamAppend append, TimeSpan? patience, CancellationToken token)
    {
        var isOne = append.Expected is StreamAppend.New or > 0;
        await using var batch = connection.CreateBatch();
        if (patience is { } time)
            batch.BatchCommands.Add(SaveCommand.LockTimeout(time));

        batch.BatchCommands.Add(isOne ? commands.One(append, guarded: false) : commands.Many([append], guarded: false));
        await using var reader = await batch.ExecuteReaderAsync(token);
        if (patience is not null)
            await reader.NextResultAsync(token);

        var won = isOne
            ? await AppendCommand.ReadOneAsync(reader, append, token)
            : (await AppendCommand.ReadManyAsync(reader, [append], token)).Count > 0;
        await reader.NextResultAsync(token);
        return won;
    }

    private async Task SaveAllAsync(string key, Queue<WaitingAppend> queue)
    {
        while (Next(key, queue) is { } waiting)
        {
            if (waiting.TryTake())
                await SaveAsync(waiting);
        }
    }

    private WaitingAppend? Next(string key, Queue<WaitingAppend> queue)
    {
        lock (sync)
        {
            if (queue.TryDequeue(out var next))
                return next;

            streams.Remove(key);
            Volatile.Write(ref count, streams.Count);
            return null;
        }
    }

    private async Task SaveAsync(WaitingAppend waiting)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(waiting.Token);
            waiting.TrySetResult(await RunAsync(connection, commands, waiting.Append, waiting.Patience, waiting.Token));
        }
        catch (OperationCanceledException) when (waiting.Token.IsCancellationRequested)
        {
            waiting.TrySetCanceled(waiting.Token);
        }
        catch (Exception e)
        {
            waiting.TrySetException(e);
        }
    }
}
