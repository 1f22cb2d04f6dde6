using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Rebuild;
using EventSourced.EventStore.Daemon.Shards;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Daemon.Foreign;

/// <summary>
/// Lets inline projections take in foreign events, in one transaction with the position behind them, so once. Their streams are locked as by an append: documents
/// that lag are folded again, flat tables get just these events.
/// </summary>
internal sealed class ForeignTakeIn(DocumentStore store, IReadOnlyList<ProjectionModel> projections, ForeignSession session)
{
    private readonly NpgsqlConnection connection = session.Connection;

    public async Task RunAsync(long[] numbers, CancellationToken token)
    {
        await using var transaction = await connection.BeginTransactionAsync(token);
        var events = await session.ReadAsync(numbers, store.Events, token);
        await ParkedResumption.HoldStreamsAsync(connection, [.. events.Select(e => e.Item.StreamKey).Distinct(StringComparer.Ordinal)], token);
        foreach (var projection in projections)
        {
            if (events.Where(e => e.Concerns(projection)).ToList() is { Count: > 0 } concerning)
                await ParkAsync(projection, await TakeInAsync(projection, concerning, token), token);
        }

        await session.KeepPositionAsync(numbers[^1], token);
        await transaction.CommitAsync(token);
    }

    private Task<IReadOnlyList<Failure>> TakeInAsync(ProjectionModel projection, List<ForeignEvent> events, CancellationToken token) => projection is EventProjectionModel flat
        ? TakeInAsync(flat, events, token)
        : TakeInAsync((DocumentProjectionModel)projection, events, token); // there is no third kind

    private async Task<IReadOnlyList<Failure>> TakeInAsync(DocumentProjectionModel documents, List<ForeignEvent> events, CancellationToken token)
    {
        var failures = new List<Failure>();
        foreach (var key in await LaggingAsync(documents, events, token))
        {
            if (await new DocumentResumption(store, documents).FoldAgainWithinAsync(connection, key, token) is { } failure)
                failures.Add(failure);
        }

        return failures;
    }

    /// <summary>An append of ours that came after has brought its documents up.</summary>
    private async Task<List<string>> LaggingAsync(DocumentProjectionModel documents, List<ForeignEvent> events, CancellationToken token)
    {
        await using var command = new NpgsqlCommand($"""
            select distinct k.id from unnest($1, $2) k(id, version) left join {documents.Document.Sql.Table} d on d.id = k.id where coalesce(d.mt_version, 0) < k.version order by 1
            """, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string[]> { TypedValue = [.. events.Select(e => e.Item.StreamKey)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                new NpgsqlParameter<long[]> { TypedValue = [.. events.Select(e => e.Version)] },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        var lagging = new List<string>();
        while (await reader.ReadAsync(token))
            lagging.Add(reader.GetString(0));

        return lagging;
    }

    private async Task<IReadOnlyList<Failure>> TakeInAsync(EventProjectionModel flat, List<ForeignEvent> events, CancellationToken token)
    {
        var unbuilt = await UnbuiltAsync(flat, events, token);
        var changes = await new EventProjector(flat, store).ProjectAsync(connection, [.. unbuilt.Select(e => e.Item)], new HashSet<string>(), token);
        return await PageWriter.WriteWithinAsync(connection, changes, token);
    }

    /// <summary>Leaves out what a rebuild has taken in. It holds its note and its tables together, and so these are locked before the note is read.</summary>
    private async Task<IEnumerable<ForeignEvent>> UnbuiltAsync(EventProjectionModel flat, List<ForeignEvent> events, CancellationToken token)
    {
        if (flat.Tables.Count > 0)
            await SideTables.RunAsync(connection, $"lock table {string.Join(", ", flat.Tables.Order(StringComparer.Ordinal))} in row exclusive mode", token);

        await using var command = new NpgsqlCommand("""
            select n from unnest($1) n where exists (select from es.inline_fills f where f.shard = $2 and n <= f.up_to and not f.missing @> n)
            """, connection)
        {
            Parameters = { new() { Value = events.Select(e => e.Item.Sequence).ToArray() }, new() { Value = flat.ShardName } },
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        var built = new HashSet<long>();
        while (await reader.ReadAsync(token))
            built.Add(reader.GetInt64(0));

        return events.Where(e => !built.Contains(e.Item.Sequence));
    }

    private async Task ParkAsync(ProjectionModel projection, IReadOnlyList<Failure> failures, CancellationToken token)
    {
        if (failures.Count == 0)
            return;

        await using var batch = new NpgsqlBatch(connection);
        ParkedRows.AddTo(batch, projection, failures, store.Options.TimeProvider.GetUtcNow());
        await batch.ExecuteNonQueryAsync(token);
    }
}
