using Npgsql;

namespace EventSourced.EventStore;

/// <summary>
/// Saves a unit of work in one round trip: an <see cref="NpgsqlBatch"/> without begin and commit is one implicit transaction, in which the append raises
/// <c>ES001</c> when it loses, so that nothing else of the batch stays. In a transaction the session opened, <c>commit</c> is the batch's last command.
/// </summary>
internal sealed class SaveCommand(DocumentSession session)
{
    private readonly DocumentStore store = session.Owner;

    public async Task ExecuteAsync(StreamAppend[] appends, IReadOnlyList<Operation> operations, CancellationToken token)
    {
        if (StreamArchive.NeededBy(appends) is { Count: > 0 } archives)
            operations = [.. archives, .. operations];

        var isAlone = appends.Length == 1 && operations.Count == 0 && !session.IsInTransaction;
        try
        {
            var won = isAlone && store.Options.Events.FoldConcurrentAppends
                ? await store.Lanes.AppendAsync(appends[0], session.LockTimeout, token)
                : await RunAsync(appends, operations, isAlone, token);
            if (!won)
                throw await ExplainAsync(appends[0], inner: null, token);
        }
        catch (PostgresException e) when (AppendErrors.Meaning(e, appends) is { } meaning)
        {
            Telemetry.LostRaces.Add(1);
            throw appends.FirstOrDefault(a => a.Key == e.Hint) is { } lost && e.SqlState == AppendErrors.Conflict
                ? await ExplainAsync(lost, e, token)
                : meaning;
        }
    }

    private async Task<bool> RunAsync(StreamAppend[] appends, IReadOnlyList<Operation> operations, bool isAlone, CancellationToken token)
    {
        await using var lease = await session.LeaseAsync(token);
        await using var batch = lease.Connection.CreateBatch();
        if (session.LockTimeout is { } patience)
            batch.BatchCommands.Add(LockTimeout(patience));

        var isOne = appends is [{ Expected: StreamAppend.New or > 0 }];
        if (isOne)
            batch.BatchCommands.Add(store.Appends.One(appends[0], guarded: !isAlone));
        else if (appends.Length > 0)
            batch.BatchCommands.Add(store.Appends.Many(appends, guarded: !isAlone));

        OperationCommands.AddTo(batch, operations);
        if (session.IsInTransaction)
            batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));

        await using var reader = await batch.ExecuteReaderAsync(token);
        if (session.LockTimeout is not null)
            await reader.NextResultAsync(token);

        var won = appends.Length == 0
            || (isOne ? await AppendCommand.ReadOneAsync(reader, appends[0], token) : (await AppendCommand.ReadManyAsync(reader, appends, token)).Count > 0);
        while (await reader.NextResultAsync(token))
        {
            // Errors of later commands surface here.
        }

        return won;
    }

    /// <summary>A function where <c>set local</c> would do: that one warns in a transaction that is only implicit.</summary>
    public static NpgsqlBatchCommand LockTimeout(TimeSpan patience) => new("select set_config('lock_timeout', $1, true)")
    {
        Parameters = { new NpgsqlParameter<string> { TypedValue = $"{(long)patience.TotalMilliseconds}ms" } },
    };

    private async Task<Exception> ExplainAsync(StreamAppend append, Exception? inner, CancellationToken token)
    {
        await session.EndTransactionAsync();
        await using var lease = await session.LeaseAsync(token);
        return await AppendErrors.ExplainAsync(lease.Connection, append, inner, token);
    }
}
