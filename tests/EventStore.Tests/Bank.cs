namespace EventSourced.EventStore.Tests;

public interface IAccountEvent;

public sealed record AccountOpened(string Owner, decimal Balance) : IAccountEvent;

public sealed record MoneyDeposited(decimal Amount, string? Note = null) : IAccountEvent;

public sealed record MoneyWithdrawn(decimal Amount) : IAccountEvent;

public sealed record AccountClosed(string Reason) : IAccountEvent;

public enum AccountStatus
{
    Open,
    Closed,
}

/// <summary>Folded by its own methods, read live.</summary>
public sealed record Account(string Id, string Owner, decimal Balance, AccountStatus Status)
{
    public static Account Create(AccountOpened e) => new("", e.Owner, e.Balance, AccountStatus.Open);

    public Account Apply(MoneyDeposited e) => this with { Balance = Balance + e.Amount };

    public Account Apply(MoneyWithdrawn e) => this with { Balance = Balance - e.Amount };

    public Account Apply(AccountClosed _) => this with { Status = AccountStatus.Closed };
}

/// <summary>An inline document with indexed members.</summary>
public sealed record AccountView(string Id, string Owner, decimal Balance, AccountStatus Status, DateTimeOffset LastChange, long Version);

public sealed partial class AccountViewProjection : SingleStreamProjection<AccountView, string>
{
    public AccountViewProjection() => DeleteEvent<AccountClosed>();

    public static AccountView Create(IEvent<AccountOpened> e) => new("", e.Data.Owner, e.Data.Balance, AccountStatus.Open, e.Timestamp, 0);

    public static AccountView Apply(IEvent<MoneyDeposited> e, AccountView view) =>
        view with { Balance = view.Balance + e.Data.Amount, LastChange = e.Timestamp };

    public static AccountView Apply(IEvent<MoneyWithdrawn> e, AccountView view) =>
        view with { Balance = view.Balance - e.Data.Amount, LastChange = e.Timestamp };
}

/// <summary>A flat table of all movements.</summary>
public sealed partial class MovementsProjection : EventProjection
{
    public const string Table = "create table if not exists es.movements (stream text, version bigint, amount numeric, primary key (stream, version))";

    public MovementsProjection() => Options.DeleteDataInTableOnTeardown("es.movements");

    public static void Project(IEvent<MoneyDeposited> e, IDocumentOperations operations) => Insert(e, e.Data.Amount, operations);

    public static void Project(IEvent<MoneyWithdrawn> e, IDocumentOperations operations) => Insert(e, -e.Data.Amount, operations);

    private static void Insert(IEvent e, decimal amount, IDocumentOperations operations) =>
        operations.QueueSqlCommand("insert into es.movements (stream, version, amount) values (?, ?, ?)", e.StreamKey!, e.Version, amount);
}

/// <summary>An ordinary document.</summary>
public sealed record Note(string Id, string Text, int Stars);
