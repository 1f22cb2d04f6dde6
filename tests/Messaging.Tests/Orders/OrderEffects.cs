namespace EventSourced.Messaging.Tests.Orders;

/// <summary>What the effects touch; each test says what happens there.</summary>
public sealed class PackingTable
{
    public Func<PackOrder, CancellationToken, Task<int>> Pack { get; set; } = (_, _) => Task.FromResult(1);

    /// <summary>Between the read of the order and the decision on it.</summary>
    public Func<AmendOrder, CancellationToken, Task> Amend { get; set; } = (_, _) => Task.CompletedTask;

    public Func<EngraveOrder, CancellationToken, Task<int>> Engrave { get; set; } = (_, _) => Task.FromResult(1);

    public Func<RemindOfOrder, CancellationToken, Task<int>> Remind { get; set; } = (_, _) => Task.FromResult(1);
}

public static class PackOrderHandler
{
    public static async Task<RecordPacked> HandleAsync(PackOrder message, PackingTable table, CancellationToken cancellation) =>
        new(message.OrderId, await table.Pack(message, cancellation));
}

/// <summary>An effect whose failure the order hears of.</summary>
public sealed record EngraveOrder(OrderId OrderId);

public static class EngraveOrderHandler
{
    public const int Spoilt = -1;

    public static async Task<NoteOrder> HandleAsync(EngraveOrder message, PackingTable table, CancellationToken cancellation) =>
        new(message.OrderId, await table.Engrave(message, cancellation));

    public static NoteOrder GiveUp(EngraveOrder message, string reason) => new(message.OrderId, reason.Contains("broke", StringComparison.Ordinal) ? Spoilt : 0);
}

public static class RemindOfOrderHandler
{
    public static async Task<NoteOrder> HandleAsync(RemindOfOrder message, PackingTable table, IDocumentSession session, CancellationToken cancellation)
    {
        await session.BeginTransactionAsync(cancellation);
        await session.QueryAsync<int>("select 1", cancellation);
        return new NoteOrder(message.OrderId, await table.Remind(message, cancellation));
    }
}

public sealed record CountOrders;

public sealed record OrderCount(int Orders);

public static class CountOrdersHandler
{
    public static async Task<(OrderCount, NoteOrder)> HandleAsync(CountOrders message, IQuerySession session, CancellationToken cancellation) =>
        (new OrderCount((await session.QueryAsync<int>("select count(*)::int from mt_streams", cancellation))[0]), new NoteOrder(new OrderId(1), 99));
}

public static class OrderEffects
{
    public static readonly Type[] Types =
    [
        typeof(PackOrderHandler), typeof(EngraveOrderHandler), typeof(EngraveOrder), typeof(RemindOfOrderHandler), typeof(CountOrdersHandler), typeof(PackingTable), typeof(CountOrders), typeof(OrderCount), typeof(OrderEffects),
    ];
}
