using EventSourced.Domain;
using EventSourced.Messaging.Handlers;
using EventSourced.Messaging.Tests.Orders;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Messaging.Tests.Handlers;

public sealed class ConventionTests
{
    public sealed record Stock(int Pieces)
    {
        public static Stock Create(OrderPlaced _) => new(1);
    }

    public sealed record StockId(string StreamKey);

    public sealed record TakeStock(StockId StockId);

    public static class TakeStockHandler
    {
        public static IReadOnlyList<object> Handle(TakeStock command, Stock? stock, DateTimeOffset now) => [command, stock!, now];
    }

    public sealed record CountStocks(IReadOnlyList<StockId> StockIds);

    public static class CountStocksHandler
    {
        public static NewStream<Stock> Handle(CountStocks command, IReadOnlyList<Stock> stocks) => new("stock-0", stocks);
    }

    public static class CountsUnnamedStocksHandler
    {
        public static IReadOnlyList<object> Handle(TakeStock command, Stock stock, IReadOnlyList<Stock> stocks) => stocks;
    }

    public static class AlsoTakesStockHandler
    {
        public static IReadOnlyList<object> Handle(TakeStock command, Stock? stock) => [command, stock!];
    }

    public static class TakesNoStockHandler
    {
        public static IReadOnlyList<IOrderEvent> Handle(TakeStock command) => [];
    }

    public static class AsksAServiceHandler
    {
        public static IReadOnlyList<IOrderEvent> Handle(TakeStock command, Stock stock, TimeProvider clock) => [];
    }

    public static class WaitsHandler
    {
        public static Task<IReadOnlyList<IOrderEvent>> HandleAsync(TakeStock command, Stock stock) => Task.FromResult<IReadOnlyList<IOrderEvent>>([]);
    }

    public static class LoadsOnlyHandler
    {
        public static Task<int> LoadAsync(TakeStock command) => Task.FromResult(1);
    }

    public static class LoadsManyOnlyHandler
    {
        public static Task<IReadOnlyList<IEventStream<Stock>?>> LoadManyAsync(IReadOnlyList<TakeStock> commands) => Task.FromResult<IReadOnlyList<IEventStream<Stock>?>>([]);
    }

    public static class LoadsOneAsManyHandler
    {
        public static Task<IReadOnlyList<IEventStream<Stock>?>> LoadManyAsync(TakeStock command) => Task.FromResult<IReadOnlyList<IEventStream<Stock>?>>([]);
    }

    public static class GivesUpAsADecisionHandler
    {
        public static IReadOnlyList<object> GiveUp(TakeStock command, string reason) => [command, reason];
    }

    public static class GivesUpWithoutAReasonHandler
    {
        public static IReadOnlyList<object> GiveUp(TakeStock message) => [message];
    }

    public sealed class InstanceHandler
    {
        public IReadOnlyList<object> Handle(TakeStock command, Stock stock) => [this, command, stock];
    }

    public static class SpeechlessHandler
    {
        public static void Handle() { }
    }

    public static class StreamlessHandler
    {
        public static IReadOnlyList<IOrderEvent> Handle(Streamless command, Stock stock) => [];
    }

    public sealed record Streamless(int Number);

    public static class SilentReactions
    {
        public static void When(OrderPlaced e) { }
    }

    public static class CrowdedReactions
    {
        public static IEnumerable<object> When(OrderPlaced e, Order order, TimeProvider clock) => [];
    }

    public static class StockEffectHandler
    {
        public static int Load(TakeStock message) => 2;

        public static async Task<string> HandleAsync(TakeStock message, int pieces, IQuerySession session, Uri service, CancellationToken cancellation)
        {
            await Task.Yield();
            return $"{message.StockId.StreamKey}: {pieces} {service}";
        }
    }

    [Fact]
    public void A_state_parameter_names_the_stream_by_the_id_of_the_command()
    {
        var graph = Graphs.Of([typeof(TakeStockHandler)]);

        Assert.Equal("stock-7", graph.KeyOf(new TakeStock(new StockId("stock-7"))));
        Assert.Equal(typeof(Stock), graph.For(typeof(TakeStock)).StateType);
        Assert.True(graph.For(typeof(TakeStock).FullName!).IsDecision);
    }

    [Fact]
    public void A_message_without_handler_has_no_key() => Assert.Null(Graphs.Of([typeof(TakeStockHandler)]).KeyOf(new PackOrder(new OrderId(1))));

    [Fact]
    public void A_message_without_handler_is_refused_by_name() =>
        Assert.Equal(typeof(PackOrder).FullName, Assert.Throws<UnknownMessageTypeException>(() => Graphs.Of([]).For(typeof(PackOrder))).MessageType);

    [Fact]
    public void Two_handlers_of_one_message_are_an_error() =>
        Assert.Contains("more than one Handle", Assert.Single(Graphs.ErrorsOf([typeof(TakeStockHandler), typeof(AlsoTakesStockHandler)])));

    [Fact]
    public void Events_without_a_stream_are_an_error() =>
        Assert.Contains("without a state parameter", Assert.Single(Graphs.ErrorsOf([typeof(TakesNoStockHandler)])));

    [Fact]
    public void A_decision_takes_no_service() =>
        Assert.Contains("nothing supplies the parameter 'TimeProvider clock'", Assert.Single(Graphs.ErrorsOf([typeof(AsksAServiceHandler)])));

    [Fact]
    public void A_decision_is_synchronous() => Assert.Contains("synchronous", Assert.Single(Graphs.ErrorsOf([typeof(WaitsHandler)])));

    [Fact]
    public void A_Load_needs_a_Handle() => Assert.Contains("no Handle for", Assert.Single(Graphs.ErrorsOf([], [typeof(LoadsOnlyHandler)])));

    [Fact]
    public void A_LoadMany_stands_beside_a_Load_that_yields_the_same() => Assert.Contains(
        Graphs.ErrorsOf([typeof(TakeStockHandler)], [typeof(LoadsManyOnlyHandler)]), e => e.Contains("beside a Load that returns one of them", StringComparison.Ordinal));

    [Fact]
    public void A_LoadMany_takes_a_list_of_the_message() =>
        Assert.Contains("is an IReadOnlyList of the message", Assert.Single(Graphs.ErrorsOf([typeof(TakeStockHandler)], [typeof(LoadsOneAsManyHandler)])));

    [Fact]
    public void Only_effects_give_up_and_are_told_why()
    {
        const string Rule = "stands beside an effect, takes the message and the reason";
        Assert.Contains(Rule, Assert.Single(Graphs.ErrorsOf([typeof(TakeStockHandler), typeof(GivesUpAsADecisionHandler)])));
        Assert.Contains(Rule, Assert.Single(Graphs.ErrorsOf([typeof(TakeStockHandler)], [typeof(GivesUpWithoutAReasonHandler)])));
    }

    [Fact]
    public void A_handler_class_is_static() => Assert.Contains("a handler class is static", Assert.Single(Graphs.ErrorsOf([typeof(InstanceHandler)])));

    [Fact]
    public void A_handler_takes_a_message() => Assert.Contains("the first parameter is the message", Assert.Single(Graphs.ErrorsOf([typeof(SpeechlessHandler)])));

    [Fact]
    public void A_state_needs_an_id_in_the_command() => Assert.Contains(
        Graphs.ErrorsOf([typeof(StreamlessHandler)]), e => e.Contains("nothing supplies the parameter 'Stock stock'", StringComparison.Ordinal));

    [Fact]
    public void A_list_of_states_names_its_streams_by_the_ids_of_the_command() =>
        Assert.NotNull(Graphs.Of([typeof(CountStocksHandler)]).For(typeof(CountStocks)).FetchBeside);

    [Fact]
    public void A_list_of_states_needs_ids_in_the_command() => Assert.Contains(
        Graphs.ErrorsOf([typeof(CountsUnnamedStocksHandler)]), e => e.Contains("nothing supplies the parameter 'IReadOnlyList`1 stocks'", StringComparison.Ordinal));

    [Fact]
    public void A_reaction_returns_messages() => Assert.Contains("returns messages", Assert.Single(Graphs.ErrorsOf([typeof(SilentReactions)])));

    [Fact]
    public void A_reaction_takes_the_event_and_the_state() =>
        Assert.Contains("takes the event", Assert.Single(Graphs.ErrorsOf([typeof(CrowdedReactions)])));

    [Fact]
    public void Every_breach_is_one_line() => Assert.Equal(
        2, Graphs.ErrorsOf([typeof(TakesNoStockHandler), typeof(SilentReactions)]).Count);

    [Fact]
    public void A_host_that_drains_needs_a_handler_for_every_message()
    {
        Type[] decisions = [.. typeof(Order).Assembly.GetExportedTypes().Where(t => t.Namespace == typeof(Order).Namespace).Except(OrderEffects.Types)];

        Assert.Equal(
            [$"{typeof(RemindOfOrder).FullName} looks like a message, and no handler for it was found."],
            Graphs.ErrorsOf(decisions, [typeof(PackOrderHandler), typeof(Orders.Loads.TouchOldestOrderHandler)], drains: true,
                services => services.AddSingleton<PackingTable>()));
    }

    [Fact]
    public async Task Arguments_come_from_the_message_Load_the_session_and_the_services()
    {
        var address = new Uri("urn:stock");
        using var services = new ServiceCollection().AddSingleton(address).BuildServiceProvider();
        var chain = Graphs.Of([], [typeof(StockEffectHandler)], services: s => s.AddSingleton(address)).For(typeof(TakeStock));
        var frame = new HandlerFrame
        {
            Message = new TakeStock(new StockId("stock-1")),
            Session = null!,
            Services = services,
            Context = new MessageContext(),
            Now = DateTimeOffset.UnixEpoch,
            Cancellation = TestContext.Current.CancellationToken,
        };

        Assert.Equal("stock-1: 2 urn:stock", await chain.RunAsync(frame));
    }

    [Fact]
    public void A_NewStream_is_recognised_by_shape()
    {
        var parts = Shapes.AsNewStream(new NewStream<Order>("order-1", [new OrderShipped(new OrderId(1))]));

        Assert.Equal((typeof(Order), "order-1", 1), (parts?.StateType, parts?.Key, parts?.Events.Count()));
        Assert.Null(Shapes.AsNewStream(new OrderShipped(new OrderId(1))));
    }

    [Fact]
    public void A_ChangedStream_is_recognised_by_shape()
    {
        var parts = Shapes.AsChangedStream(new ChangedStream<Order>("order-1", [new OrderShipped(new OrderId(1))]));

        Assert.Equal((typeof(Order), "order-1", 1), (parts?.StateType, parts?.Key, parts?.Events.Count()));
        Assert.Null(Shapes.AsNewStream(new ChangedStream<Order>("order-1", [])));
    }

    [Fact]
    public void A_scheduled_message_is_recognised_by_shape()
    {
        var parts = Shapes.AsScheduled(new Scheduled("later", DateTimeOffset.UnixEpoch));

        Assert.Equal(("later", DateTimeOffset.UnixEpoch), (parts?.Message, parts?.At));
        Assert.Null(Shapes.AsScheduled("now"));
    }

    [Fact]
    public void Reactions_are_found_by_event_type_and_by_its_interfaces()
    {
        var reactions = Graphs.Of([typeof(OrderReactions), typeof(AnyOrderReactions)]).Reactions;

        Assert.Equal([typeof(IOrderEvent), typeof(OrderPlaced)], reactions.To(typeof(OrderPlaced)).Select(r => r.EventType).Order(ByName));
        Assert.Equal([typeof(IOrderEvent)], reactions.To(typeof(OrderShipped)).Select(r => r.EventType));
    }

    public static class AnyOrderReactions
    {
        public static IEnumerable<object> When(IOrderEvent e) => [e];
    }

    private static Comparer<Type> ByName { get; } = Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name));
}
