using EventSourced.Domain;

namespace EventSourced.Messaging.Tests.Orders;

public sealed record PlaceOrder(OrderId OrderId, string Item);

public static class PlaceOrderHandler
{
    public static NewStream<Order> Handle(PlaceOrder command) => new(command.OrderId.StreamKey, [new OrderPlaced(command.OrderId, command.Item)]);
}

public sealed record PlaceOrders(IReadOnlyList<OrderId> Orders, string Item);

public static class PlaceOrdersHandler
{
    public static IReadOnlyList<NewStream> Handle(PlaceOrders command) =>
        [.. command.Orders.Select(id => new NewStream<Order>(id.StreamKey, [new OrderPlaced(id, command.Item)]))];
}

public sealed record RecordPacked(OrderId OrderId, int Box);

public static class RecordPackedHandler
{
    public static IReadOnlyList<IOrderEvent> Handle(RecordPacked command, Order order) =>
        order.Box is null ? [new OrderPacked(command.OrderId, command.Box)] : [];
}

public sealed record ShipOrder(OrderId OrderId);

public static class ShipOrderHandler
{
    public static IReadOnlyList<IOrderEvent> Handle(ShipOrder command, Order order)
    {
        if (order.Box is null)
            throw new RuleViolationException("order.not_packed", "The order is not packed.");

        return order.Shipped ? [] : [new OrderShipped(command.OrderId)];
    }
}

public sealed record NoteOrder(OrderId OrderId, int Number);

public static class NoteOrderHandler
{
    public static OrderNoted Handle(NoteOrder command, Order order) => new(order.OrderId, command.Number);
}

public sealed record TouchOldestOrder(int Number);

public static class TouchOldestOrderHandler
{
    public static IReadOnlyList<IOrderEvent> Handle(TouchOldestOrder command, Order? order) => order is null ? [] : [new OrderNoted(order.OrderId, command.Number)];
}

/// <summary>As <see cref="NoteOrder"/>, by somebody who has looked at the order and is asked once more.</summary>
public sealed record AmendOrder(OrderId OrderId, int Number);

public static class AmendOrderHandler
{
    public static OrderNoted Handle(AmendOrder command, Order order) => new(order.OrderId, command.Number);
}

/// <summary>One order takes over the item of others, which are told, and may leave one behind.</summary>
public sealed record MergeOrders(OrderId OrderId, IReadOnlyList<OrderId> OrderIds, IReadOnlyList<OrderId> Left);

public static class MergeOrdersHandler
{
    public static IReadOnlyList<object> Handle(MergeOrders command, Order order, IReadOnlyList<Order> others) =>
    [
        new OrderNoted(order.OrderId, others.Count),
        .. others.Where(o => !o.Shipped).Select(o => new ChangedStream<Order>(o.Id, [new OrderNoted(o.OrderId, order.OrderId.Value)])),
        .. command.Left.Select(id => new NewStream<Order>(id.StreamKey, [new OrderPlaced(id, "left")])),
    ];
}

/// <summary>Effect: somebody puts it into a box.</summary>
public sealed record PackOrder(OrderId OrderId);

/// <summary>Effect: somebody is told about it, in time.</summary>
public sealed record RemindOfOrder(OrderId OrderId);

public static class OrderReactions
{
    public static PackOrder? When(OrderPlaced e) => e.Item == "nothing" ? null : new PackOrder(e.OrderId);

    public static IEnumerable<object> When(OrderPacked e, Order order) => order.Box == e.Box ? [new ShipOrder(e.OrderId)] : [];
}
