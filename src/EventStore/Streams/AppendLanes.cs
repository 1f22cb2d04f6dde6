using Npgsql;

namespace EventSourced.EventStore.Streams;

/// <summary>
/// Folds concurrent appends that carry nothing else: while a lane's statement runs, the next appends gather and share one statement and one commit. A lone
/// append runs at once. Lanes have connections of their own, which do not wait for locks: an append whose stream somebody holds waits outside.
/// </summary>
internal sealed class AppendLanes : IAsyncDisposable
{
    private const int Lanes = 2;
    private const int Company = 8;
    private const int MostAppends = 64;

    /// <summary>Far longer than any of ours holds a stream while all is well.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly NpgsqlDataSource source;
    private readonly SlowAppends slow;
    private readonly AppendCommand commands;
    private readonly Lock sync = new();
    private readonly Queue<WaitingAppend> queue = new();
    private readonly HashSet<Task> running = [];
    private readonly Stack<Lane> idle = [];
    private int inFlight;
    private bool isClosed;

    /// <param name="source">The connections of appends that wait for a lock.</param>
    /// <param name="connectionString">The database.</param>
    /// <param name="commands">Makes the statements.</param>
    public AppendLanes(NpgsqlDataSource source, string connectionString, AppendCommand commands)
    {
        (this.source, this.commands) = (StoreConnections.BuildImpatient(connectionString, Patience, Lanes), commands);
        slow = new SlowAppends(source, commands);
    }

    /// <summary>Few that would run beside many share the next statement of those, which costs less than one of their own.</summary>
    private bool HasRoom => queue.Count > 0 && (running.Count == 0 || running.Count < Lanes && queue.Count >= Math.Min(Company, inFlight));

    /// <summary>
    /// Appends in a fold. It can be cancelled as long as it waits for one, or for its stream; once taken into a statement it is not any more: its outcome is known or
    /// the connection broke.
    /// </summary>
    /// <param name="append">The append.</param>
    /// <param name="patience">How long it waits for its stream when somebody holds it; null as long as the database lets it.</param>
    /// <param name="token">Cancels it.</param>
    /// <returns>Whether the stream's row was won.</returns>
    public Task<bool> AppendAsync(StreamAppend append, TimeSpan? patience, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        var waiting = new WaitingAppend(append, patience, token);
        lock (sync)
        {
            ObjectDisposedException.ThrowIf(isClosed, typeof(IDocumentStore));
            queue.Enqueue(waiting);
            if (HasRoom)
                Start();
        }

        return waiting.Task;
    }

    public async ValueTask DisposeAsync()
    {
        while (Close() is { Length: > 0 } lanes)
            await Task.WhenAll(lanes);

        await slow.EndAsync();
        await source.DisposeAsync();
    }

    private Task[] Close()
    {
        lock (sync)
        {
            isClosed = true;
            return [.. running];
        }
    }

    private void Start()
    {
        if (!idle.TryPop(out var lane))
            lane = new Lane(this);

        Collect(lane);
        lane.Run = Task.Run(lane.RunAsync);
        running.Add(lane.Run);
    }

    private bool TryGoOn(Lane lane)
    {
        lock (sync)
        {
            inFlight -= lane.Fold.Count;
            running.Remove(lane.Run);
            lane.Fold.Clear();
            if (!HasRoom)
            {
                idle.Push(lane);
                return false;
            }

            Collect(lane);
            running.Add(lane.Run);
            if (HasRoom)
                Start();

            return true;
        }
    }

    /// <summary>A stream occurs once in a fold; the first one that would be its second waits for the next fold.</summary>
    private void Collect(Lane lane)
    {
        lane.Keys.Clear();
        while (lane.Fold.Count < MostAppends && queue.TryPeek(out var next) && !lane.Keys.Contains(next.Append.Key))
        {
            queue.Dequeue();
            if (!next.TryTake() || slow.TryJoin(next))
                continue;

            lane.Keys.Add(next.Append.Key);
            lane.Fold.Add(next);
        }

        inFlight += lane.Fold.Count;
    }

    private async Task SaveAsync(List<WaitingAppend> fold)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync();
            if (fold.Count == 1)
                await SaveOneAsync(connection, fold[0]);
            else if (!await TrySaveManyAsync(connection, fold))
                await SaveEachAsync(connection, fold);
        }
        catch (Exception e)
        {
            foreach (var waiting in fold.Where(w => !w.IsSlow))
                waiting.TrySetException(e);
        }
    }

    /// <returns>False when the database refused the statement as a whole and certainly rolled it back.</returns>
    private async Task<bool> TrySaveManyAsync(NpgsqlConnection connection, List<WaitingAppend> fold)
    {
        var appends = fold.ConvertAll(w => w.Append);
        HashSet<string> won;
        try
        {
            await using var batch = connection.CreateBatch();
            batch.BatchCommands.Add(commands.Many(appends, guarded: false));
            await using var reader = await batch.ExecuteReaderAsync();
            won = await AppendCommand.ReadManyAsync(reader, appends, CancellationToken.None);
            await reader.NextResultAsync();
        }
        catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            fold.ForEach(slow.Add);
            return true;
        }
        catch (PostgresException e) when (IsRolledBack(e))
        {
            return false;
        }

        foreach (var waiting in fold)
            waiting.TrySetResult(won.Contains(waiting.Append.Key));

        return true;
    }

    private async Task SaveEachAsync(NpgsqlConnection connection, List<WaitingAppend> fold)
    {
        foreach (var waiting in fold)
            await SaveOneAsync(connection, waiting);
    }

    private async Task SaveOneAsync(NpgsqlConnection connection, WaitingAppend waiting)
    {
        try
        {
            waiting.TrySetResult(await SlowAppends.RunAsync(connection, commands, waiting.Append, patience: null, CancellationToken.None));
        }
        catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            slow.Add(waiting);
        }
        catch (PostgresException e) when (IsRolledBack(e))
        {
            waiting.TrySetException(e);
        }
    }

    /// <summary>A FATAL error (a terminated session) may come after the commit; only a plain ERROR proves the rollback.</summary>
    private static bool IsRolledBack(PostgresException e) => e.InvariantSeverity == "ERROR";

    /// <summary>One connection's turn: statement after statement, as long as there are appends for it.</summary>
    private sealed class Lane(AppendLanes lanes)
    {
        public List<WaitingAppend> Fold { get; } = new(MostAppends);

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

        public Task Run { get; set; } = Task.CompletedTask;

        public async Task RunAsync()
        {
            do
            {
                if (Fold.Count > 0)
                    await lanes.SaveAsync(Fold);
            }
            while (lanes.TryGoOn(this));
        }
    }
}
