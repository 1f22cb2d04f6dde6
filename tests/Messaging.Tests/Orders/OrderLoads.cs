using Npgsql;

namespace EventSourced.Messaging.Tests.Orders.Loads;

public static class TouchOldestOrderHandler
{
    private const string OldestSql = "select id from mt_streams where id like 'order-%' order by created, id limit 1 for no key update skip locked";

    public static async Task<IEventStream<Order>?> LoadAsync(TouchOldestOrder message, IDocumentSession session, CancellationToken cancellation)
    {
        if (message.Number < 0)
            throw new InvalidOperationException("A negative number stands in the way.");

        await session.BeginTransactionAsync(cancellation);
        string? key;
        await using (var reader = await session.ExecuteReaderAsync(new NpgsqlCommand(OldestSql), cancellation))
            key = await reader.ReadAsync(cancellation) ? reader.GetString(0) : null;

        return key is null ? null : await session.Events.FetchForWriting<Order>(key, cancellation);
    }

    public static async Task<IReadOnlyList<IEventStream<Order>?>> LoadManyAsync(
        IReadOnlyList<TouchOldestOrder> messages, IDocumentSession session, CancellationToken cancellation)
    {
        if (messages.Any(m => m.Number < 0))
            throw new InvalidOperationException("A negative number stands in the way.");

        await session.BeginTransactionAsync(cancellation);
        var keys = await session.QueryAsync<string>(OldestSql.Replace("limit 1", "limit ?", StringComparison.Ordinal), cancellation, messages.Count);
        var query = session.CreateBatchQuery();
        var streams = keys.Select(query.Events.FetchForWriting<Order>).ToList();
        await query.Execute(cancellation);
        return [.. await Task.WhenAll(streams), .. Enumerable.Repeat<IEventStream<Order>?>(null, messages.Count - keys.Count)];
    }
}

public static class AmendOrderHandler
{
    public static Task ValidateAsync(AmendOrder message, PackingTable table, CancellationToken cancellation) => table.Amend(message, cancellation);
}
