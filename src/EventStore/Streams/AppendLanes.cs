using System.Threading.Channels;
using Npgsql;

namespace EventSourced.EventStore.Streams;

/// <summary>
/// Folds concurrent appends that carry nothing else: while a lane's statement runs, the next appends gather and share one statement and one commit. A lone
/// append runs at once.
/// </summary>
internal sealed class AppendLanes : IAsyncDisposable
{
    private const int Lanes = 2;
    private const int MostAppends = 64;

    private readonly NpgsqlDataSource source;
    private readonly AppendCommand commands;
    private readonly Channel<Waiting> queue = Channel.CreateUnbounded<Waiting>();
    private readonly Lazy<Task[]> lanes;

    public AppendLanes(NpgsqlDataSource source, AppendCommand commands)
    {
        (this.source, this.commands) = (source, commands);
        lanes = new Lazy<Task[]>(() => [.. Enumerable.Range(0, Lanes).Select(_ => Task.Run(RunAsync))]);
    }

    /// <summary>
    /// Appends in a fold. It can be cancelled as long as it waits for one; once taken into a statement it is not any more: its outcome is known or the connection broke.
    /// </summary>
    /// <returns>Whether the stream's row was won.</returns>
    public Task<bool> AppendAsync(StreamAppend append, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        _ = lanes.Value;
        var waiting = new Waiting(append, token);
        return queue.Writer.TryWrite(waiting) ? waiting.Task : throw new ObjectDisposedException(nameof(IDocumentStore));
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        if (lanes.IsValueCreated)
            await Task.WhenAll(lanes.Value);
    }

    private async Task RunAsync()
    {
        var fold = new List<Waiting>(MostAppends);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        Waiting? held = null;
        while (held is not null || await queue.Reader.WaitToReadAsync())
        {
            held = Collect(fold, keys, held);
            if (fold.Count > 0)
                await SaveAsync(fold);

            fold.Clear();
            keys.Clear();
        }
    }

    /// <summary>A stream occurs once in a fold; the first one that would be its second waits for the next fold.</summary>
    private Waiting? Collect(List<Waiting> fold, HashSet<string> keys, Waiting? held)
    {
        for (var next = held; fold.Count < MostAppends && (next is not null || queue.Reader.TryRead(out next)); next = null)
        {
            if (keys.Contains(next.Append.Key))
                return next;

            if (!next.TryTake())
                continue;

            keys.Add(next.Append.Key);
            fold.Add(next);
        }

        return null;
    }

    private async Task SaveAsync(List<Waiting> fold)
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
            foreach (var waiting in fold)
                waiting.TrySetException(e);
        }
    }

    /// <returns>False when the database refused the statement as a whole and certainly rolled it back.</returns>
    private async Task<bool> TrySaveManyAsync(NpgsqlConnection connection, List<Waiting> fold)
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
        catch (PostgresException e) when (IsRolledBack(e))
        {
            return false;
        }

        foreach (var waiting in fold)
            waiting.TrySetResult(won.Contains(waiting.Append.Key));

        return true;
    }

    private async Task SaveEachAsync(NpgsqlConnection connection, List<Waiting> fold)
    {
        foreach (var waiting in fold)
            await SaveOneAsync(connection, waiting);
    }

    private async Task SaveOneAsync(NpgsqlConnection connection, Waiting waiting)
    {
        try
        {
            var append = waiting.Append;
            var isOne = append.Expected is StreamAppend.New or > 0;
            await using var batch = connection.CreateBatch();
            batch.BatchCommands.Add(isOne ? commands.One(append, guarded: false) : commands.Many([append], guarded: false));
            await using var reader = await batch.ExecuteReaderAsync();
            var won = isOne
                ? await AppendCommand.ReadOneAsync(reader, append, CancellationToken.None)
                : (await AppendCommand.ReadManyAsync(reader, [append], CancellationToken.None)).Count > 0;
            await reader.NextResultAsync();
            waiting.TrySetResult(won);
        }
        catch (PostgresException e) when (IsRolledBack(e))
        {
            waiting.TrySetException(e);
        }
    }

    /// <summary>A FATAL error (a terminated session) may come after the commit; only a plain ERROR proves the rollback.</summary>
    private static bool IsRolledBack(PostgresException e) => e.InvariantSeverity == "ERROR";

    private sealed class Waiting : TaskCompletionSource<bool>
    {
        private readonly CancellationTokenRegistration cancelling;
        private int isDecided;

        public Waiting(StreamAppend append, CancellationToken token) : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            Append = append;
            cancelling = token.UnsafeRegister(static (state, cancelled) => ((Waiting)state!).Cancel(cancelled), this); // registered with itself
        }

        public StreamAppend Append { get; }

        /// <summary>False when its caller does not wait any more.</summary>
        public bool TryTake()
        {
            var isTaken = Interlocked.Exchange(ref isDecided, 1) == 0;
            cancelling.Unregister();
            return isTaken;
        }

        private void Cancel(CancellationToken token)
        {
            if (Interlocked.Exchange(ref isDecided, 1) == 0)
                TrySetCanceled(token);
        }
    }
}
