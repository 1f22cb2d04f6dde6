namespace EventSourced.EventStore.Tests;

/// <summary>A database with the bank's tables, and stores on it.</summary>
public class BankDatabase : TestDatabase
{
    public DocumentStore Store(Action<StoreOptions>? more = null) => On(ConnectionString, more);

    public async Task<T?> ScalarAsync<T>(string sql, params object[] parameters)
    {
        await using var command = DataSource.CreateCommand(sql);
        foreach (var value in parameters)
            command.Parameters.Add(new() { Value = value });

        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) is T value2 ? value2 : default;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    protected override async Task PrepareTemplateAsync(string connectionString, CancellationToken token)
    {
        await using var store = On(connectionString, more: null);
        await store.ApplyAllConfiguredChangesToDatabaseAsync(token);
    }

    protected virtual void Configure(StoreOptions options)
    {
        options.Events.AddEventTypes([typeof(AccountOpened), typeof(MoneyDeposited), typeof(MoneyWithdrawn), typeof(AccountClosed)]);
        options.Projections.Add<AccountViewProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<MovementsProjection>(ProjectionLifecycle.Inline);
        options.Schema.For<AccountView>().Index(v => v.Owner).Duplicate(v => v.Status).Duplicate(v => v.Balance);
        options.Schema.For<Note>();
        options.Schema.Script("bank", MovementsProjection.Table);
    }

    private DocumentStore On(string connectionString, Action<StoreOptions>? more) => DocumentStore.For(options =>
    {
        options.ConnectionString = connectionString;
        Configure(options);
        more?.Invoke(options);
    });
}
