namespace EventSourced.EventStore.Tests.Projections;

/// <summary>What is found by convention, and that what is not is said at once.</summary>
public sealed class ConventionTests
{
    private static readonly AggregateModel Model = new(typeof(Tally), new TallyProjection(), [typeof(AccountClosed)]);

    [Fact]
    public void Create_begins_a_document_and_Apply_goes_on() =>
        Assert.Equal(new Tally("", 3, 1), Fold(new AccountOpened("Ann", 1), new MoneyDeposited(2)));

    [Fact]
    public void An_event_before_Create_changes_nothing() => Assert.Null(Fold(new MoneyDeposited(2)));

    [Fact]
    public void A_deleting_event_ends_the_document_and_a_later_Create_begins_again()
    {
        Assert.Null(Fold(new AccountOpened("Ann", 1), new AccountClosed("done")));
        Assert.Equal(new Tally("", 5, 0), Fold(new AccountOpened("Ann", 1), new AccountClosed("done"), new AccountOpened("Ann", 5)));
    }

    [Fact]
    public void ShouldDelete_decides_on_the_document_after_the_event() =>
        Assert.Null(Fold(new AccountOpened("Ann", 1), new MoneyWithdrawn(1)));

    [Fact]
    public void The_method_with_the_nearest_type_runs()
    {
        var model = new AggregateModel(typeof(Names), null, []);
        Assert.Equal("opened", ((Names)model.Evolve(null, Event.For(new AccountOpened("Ann", 1)))!).Last);
        Assert.Equal("any", ((Names)model.Evolve(new Names(), Event.For(new MoneyDeposited(1)))!).Last);
    }

    [Fact]
    public void A_class_with_an_empty_constructor_is_begun_and_changed_in_place() =>
        Assert.Equal(2, ((Counter)new AggregateModel(typeof(Counter), null, []).Evolve(null, Event.For(new MoneyDeposited(2)))!).Total);

    [Fact]
    public void An_event_no_method_takes_is_not_handled()
    {
        Assert.True(Model.Handles(typeof(AccountClosed)));
        Assert.False(Model.Handles(typeof(Archived)));
    }

    [Fact]
    public void A_projection_that_takes_nothing_or_the_wrong_things_is_refused()
    {
        Assert.Throws<InvalidOperationException>(() => new AggregateModel(typeof(Note), null, []));
        Assert.Throws<InvalidOperationException>(() => new AggregateModel(typeof(Note), new TwoEvents(), []));
        Assert.Throws<InvalidOperationException>(() => Store(o => o.Projections.Add<SeveralStreams>(ProjectionLifecycle.Inline)));
        Assert.Throws<InvalidOperationException>(() => Store(o => o.Projections.Add(new NoMethods(), ProjectionLifecycle.Inline)));
        Assert.Throws<InvalidOperationException>(() => Store(o =>
        {
            o.Projections.Add<TallyProjection>(ProjectionLifecycle.Inline);
            o.Projections.Add<TallyProjection>(ProjectionLifecycle.Async);
        }));
        Assert.Throws<InvalidOperationException>(() => Store(o => o.ConnectionString = ""));
    }

    [Fact]
    public async Task Names_of_shards_and_tables_are_martens()
    {
        await using var store = Store(o =>
        {
            o.Projections.Add(new SeveralStreams { Version = 3 }, ProjectionLifecycle.Async);
            o.Projections.Add<MovementsProjection>(ProjectionLifecycle.Inline);
            o.Projections.Snapshot<Tally2>(SnapshotLifecycle.Async);
        });
        Assert.Equal(["Note:V3:All", "EventSourced.EventStore.Tests.MovementsProjection:All", "Tally2:All"], store.Projections.All.Select(p => p.ShardName));
        Assert.Equal("mt_doc_note_3", store.Documents.For(typeof(Note)).Table);
        var several = (DocumentProjectionModel)store.Projections.All[0];
        Assert.Equal(["Ann"], several.IdentitiesOf(Event.For(new AccountOpened("Ann", 1))));
        Assert.Equal(["a", "b"], several.IdentitiesOf(Event.For(new AccountClosed("a b"))));
        Assert.Equal(["account_opened", "account_closed", "Compacted<Note>"], several.Aliases());
    }

    [Fact]
    public void Id_and_version_are_filled_where_a_type_has_them()
    {
        var document = new AccountView("", "Ann", 1, AccountStatus.Open, default, 0);
        new FilledMembers(typeof(AccountView)).Fill(document, "account-1", 7);
        Assert.Equal(("account-1", 7L), (document.Id, document.Version));
    }

    private static DocumentStore Store(Action<StoreOptions> configure) => DocumentStore.For(o =>
    {
        o.ConnectionString = "Host=127.0.0.1";
        configure(o);
    });

    private static object? Fold(params object[] events) => events.Aggregate((object?)null, (state, e) => Model.Evolve(state, Event.For(e)));

    public sealed record Tally(string Id, decimal Sum, int Changes);

    public sealed partial class TallyProjection : SingleStreamProjection<Tally, string>
    {
        private readonly int step = 1;

        public static Tally Create(AccountOpened e) => new("", e.Balance, 0);

        public static Tally Apply(MoneyDeposited e, Tally tally) => tally with { Sum = tally.Sum + e.Amount, Changes = tally.Changes + 1 };

        public Tally Apply(Tally tally, IEvent<MoneyWithdrawn> e) => tally with { Sum = tally.Sum - e.Data.Amount, Changes = tally.Changes + step };

        public static bool ShouldDelete(MoneyWithdrawn _, Tally tally) => tally.Sum == 0;
    }

    public sealed record Tally2(string Id)
    {
        public static Tally2 Create(AccountOpened _) => new("");
    }

    public sealed record Names
    {
        public string Last { get; init; } = "";

        public static Names Create(AccountOpened _) => new() { Last = "opened" };

        public Names Apply(IAccountEvent _) => this with { Last = "any" };
    }

    public sealed class Counter
    {
        public decimal Total { get; set; }

        public void Apply(MoneyDeposited e) => Total += e.Amount;
    }

    public sealed partial class SeveralStreams : MultiStreamProjection<Note, string>
    {
        public SeveralStreams()
        {
            Identity<AccountOpened>(e => e.Owner);
            Identities<AccountClosed>(e => e.Reason.Split(' '));
        }

        public static Note Create(AccountOpened e) => new("", e.Owner, 0);

        public static Note Apply(AccountClosed _, Note note) => note with { Stars = note.Stars + 1 };
    }

    public sealed partial class TwoEvents : SingleStreamProjection<Note, string>
    {
        public static Note Create(AccountOpened e, MoneyDeposited _) => new("", e.Owner, 0);
    }

    public sealed partial class NoMethods : EventProjection;
}
