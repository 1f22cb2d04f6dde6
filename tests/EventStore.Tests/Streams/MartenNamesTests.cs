using EventSourced.EventStore.Tests.Streams.Names;

namespace EventSourced.EventStore.Tests.Streams;

public sealed class MartenNamesTests
{
    [Theory]
    [InlineData(typeof(AccountOpened), "account_opened")]
    [InlineData(typeof(HTTPRequestReceived), "http_request_received")]
    [InlineData(typeof(IOError), "io_error")]
    [InlineData(typeof(ABTest), "ab_test")]
    [InlineData(typeof(OrderV2Placed), "order_v2_placed")]
    [InlineData(typeof(Invoice2025Created), "invoice_2025_created")]
    [InlineData(typeof(X1), "x1")]
    [InlineData(typeof(lowercaseEvent), "lowercase_event")]
    [InlineData(typeof(Under_Score), "under___score")]
    [InlineData(typeof(Outer.NestedEvent), "nested_event")]
    [InlineData(typeof(GenericEvent<int>), "GenericEvent<int>")]
    [InlineData(typeof(GenericEvent<Outer.NestedEvent>), "GenericEvent<Outer.NestedEvent>")]
    [InlineData(typeof(PairEvent<string, decimal>), "PairEvent<string, decimal>")]
    [InlineData(typeof(AccountByKey), "account_by_key")]
    public void An_alias_is_the_words_of_the_name(Type type, string alias) => Assert.Equal(alias, MartenNames.Alias(type));

    [Fact]
    public void Every_registered_type_is_stored_under_its_alias_and_its_name_with_the_assembly()
    {
        var mapping = new EventGraph(Options()).For(typeof(Outer.NestedEvent));
        Assert.Equal("nested_event", mapping.Alias);
        Assert.Equal("EventSourced.EventStore.Tests.Streams.Names.Outer+NestedEvent, EventSourced.EventStore.Tests", mapping.DotNetName);
    }

    [Fact]
    public void The_reserved_aliases_are_martens()
    {
        var graph = new EventGraph(Options());
        graph.RegisterCompacted(typeof(Account));
        Assert.Equal("archived", graph.For(typeof(Archived)).Alias);
        Assert.Equal("JasperFx.Events.Archived, JasperFx.Events", graph.For(typeof(Archived)).DotNetName);
        Assert.Equal("Compacted<Account>", graph.For(typeof(Compacted<Account>)).Alias);
    }

    [Theory]
    [InlineData(typeof(AccountView), "accountview")]
    [InlineData(typeof(Outer.NestedEvent), "outer_nestedevent")]
    [InlineData(typeof(GenericEvent<int>), "genericeventint32")]
    public void A_document_table_is_named_without_underscores_between_words(Type type, string alias) =>
        Assert.Equal(alias, MartenNames.DocumentAlias(type));

    [Fact]
    public void Of_two_types_with_one_alias_the_row_s_own_type_is_read()
    {
        var options = Options();
        options.Events.AddEventTypes([typeof(Outer.NestedEvent), typeof(Other.NestedEvent)]);
        var graph = new EventGraph(options);
        Assert.IsType<Other.NestedEvent>(graph.Read("nested_event", MartenNames.DotNetName(typeof(Other.NestedEvent)), "{}"u8).Data);
        Assert.IsType<Outer.NestedEvent>(graph.Read("nested_event", MartenNames.DotNetName(typeof(Outer.NestedEvent)), "{}"u8).Data);
        Assert.IsType<Outer.NestedEvent>(graph.Read("nested_event", "Moved.Away, Elsewhere", "{}"u8).Data);
        Assert.IsType<Outer.NestedEvent>(graph.Read("nested_event", null, "{}"u8).Data);
    }

    [Fact]
    public void An_unregistered_alias_is_read_by_its_type_name_and_else_refused()
    {
        var graph = new EventGraph(Options());
        Assert.IsType<X1>(graph.Read("some_alias", MartenNames.DotNetName(typeof(X1)), "{}"u8).Data);
        Assert.Equal("gone", Assert.Throws<UnknownEventTypeException>(() => graph.Read("gone", "No.Such, Assembly", "{}"u8)).EventTypeName);
        Assert.Throws<UnknownEventTypeException>(() => graph.Read("gone", null, "{}"u8));
    }

    private static StoreOptions Options()
    {
        var options = new StoreOptions();
        options.SerializerOptions.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
