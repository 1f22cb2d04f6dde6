using System.Text.Json.Serialization;
using EventSourced.Domain;

namespace EventSourced.Messaging.Tests.Orders;

[JsonConverter(typeof(StreamIdJsonConverter<OrderId, int>))]
public readonly record struct OrderId(int Value) : IStreamId<OrderId, int>
{
    public static string Alias => "order";
    public static OrderId Of(int value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);
}

public interface IOrderEvent
{
    OrderId OrderId { get; }
}

public sealed record OrderPlaced(OrderId OrderId, string Item) : IOrderEvent;

public sealed record OrderPacked(OrderId OrderId, int Box) : IOrderEvent;

public sealed record OrderShipped(OrderId OrderId) : IOrderEvent;

public sealed record OrderNoted(OrderId OrderId, int Number) : IOrderEvent;

public sealed record Order(string Id, OrderId OrderId, string Item, int? Box, bool Shipped, IReadOnlyList<int> Notes)
{
    public static Order Create(OrderPlaced e) => new(e.OrderId.StreamKey, e.OrderId, e.Item, Box: null, Shipped: false, []);

    public Order Apply(OrderPacked e) => this with { Box = e.Box };

    public Order Apply(OrderShipped _) => this with { Shipped = true };

    public Order Apply(OrderNoted e) => this with { Notes = [.. Notes, e.Number] };
}
