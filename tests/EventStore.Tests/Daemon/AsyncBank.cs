namespace EventSourced.EventStore.Tests.Daemon;

/// <summary>Gathers deposits of many accounts; refuses one amount, as broken code would.</summary>
public sealed record NoteTotals(string Id, int Count, decimal Total);

public sealed partial class NoteTotalsProjection : MultiStreamProjection<NoteTotals, string>
{
    public const decimal Poison = -666;

    public NoteTotalsProjection() => Identity<MoneyDeposited>(e => e.Note ?? "none");

    public static NoteTotals Create(MoneyDeposited e) => new("", 1, Checked(e.Amount));

    public static NoteTotals Apply(MoneyDeposited e, NoteTotals totals) => totals with { Count = totals.Count + 1, Total = totals.Total + Checked(e.Amount) };

    private static decimal Checked(decimal amount) => amount != Poison ? amount : throw new InvalidOperationException($"No deposit is {amount}.");
}

/// <summary>One document a stream, changed in place.</summary>
public sealed class AccountActivity
{
    public string Id { get; set; } = "";

    public long Version { get; set; }

    public List<decimal> Movements { get; set; } = [];

    public void Apply(MoneyDeposited e)
    {
        Movements.Add(e.Amount);
        if (e.Amount == NoteTotalsProjection.Poison)
            throw new InvalidOperationException("Half done.");
    }

    public void Apply(MoneyWithdrawn e) => Movements.Add(-e.Amount);

    public static bool ShouldDelete(AccountClosed _) => true;
}

public sealed partial class AccountActivityProjection : SingleStreamProjection<AccountActivity, string>;

/// <summary>A flat table that the database guards.</summary>
public sealed partial class LargeDepositsProjection : EventProjection
{
    public const decimal TooLarge = 1_000_000;

    public const string Table = """
        create table if not exists es.large_deposits (
            event uuid constraint large_deposits_pkey primary key, stream text not null, amount numeric not null,
            constraint large_deposits_amount check (amount < 1000000)) with (fillfactor = 70, autovacuum_vacuum_threshold = 1000);
        create index if not exists large_deposits_by_amount on es.large_deposits (amount desc, stream);
        """;

    public LargeDepositsProjection() => Options.DeleteDataInTableOnTeardown("es.large_deposits");

    public static void Project(IEvent<MoneyDeposited> e, IDocumentOperations operations)
    {
        if (e.Data.Amount >= 1_000)
            operations.QueueSqlCommand("insert into es.large_deposits (event, stream, amount) values (?, ?, ?)", e.Id, e.StreamKey!, e.Data.Amount);
    }
}

/// <summary>A bank whose views are projected by a daemon.</summary>
public class AsyncBankDatabase : BankDatabase
{
    protected override void Configure(StoreOptions options)
    {
        base.Configure(options);
        options.Projections.Add<NoteTotalsProjection>(ProjectionLifecycle.Async);
        options.Projections.Add<AccountActivityProjection>(ProjectionLifecycle.Async);
        options.Projections.Add<LargeDepositsProjection>(ProjectionLifecycle.Async);
        options.Schema.For<NoteTotals>().Duplicate(v => v.Count);
        options.Schema.Script("large deposits", LargeDepositsProjection.Table);
    }
}
