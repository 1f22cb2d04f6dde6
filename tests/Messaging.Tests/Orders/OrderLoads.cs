using Npgsql;

namespace EventSourced.Messaging.Tests.Orders.Loads;

public static class TouchOldestOrderHandler
{
    private const string OldestSql = "select id from mt_streams where id like 'order-%' order by created, id limit 1 for no key update skip locked";

    public static async Task<IEventStream<Order>?> LoadAsync(TouchOldestOrder message, IDocumentSession session, CancellationToken cancellation)
    {
        await session.BeginTransactionAsync(cancellation);
        string? key;
        await using (var reader = await session.ExecuteReaderAsync(new NpgsqlCommand(OldestSql), cancellation))
            key = await reader.ReadAsync(cancellation) ? reader.GetString(0) : null;

        return key is null ? null : await session.Events.FetchForWriting<Order>(key, cancellation);
    }
}

public static class AmendOrderHandler
{
    public static Task ValidateAsync(AmendOrder message, PackingTable table, CancellationToken cancellation) => table.Amend(message, cancellation);
}
