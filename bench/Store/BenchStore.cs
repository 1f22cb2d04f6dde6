using Npgsql;

namespace EventSourced.Bench.Store;

public sealed record OrderPlaced(int Number, string Customer, decimal Amount);

public sealed record OrderChanged(int Number, string Note, decimal Amount);

/// <summary>A small aggregate, stored inline where a row asks for it.</summary>
public sealed record Order(string Id, string Customer, decimal Amount, int Changes)
{
    public static Order Create(OrderPlaced e) => new("", e.Customer, e.Amount, 0);

    public Order Apply(OrderChanged e) => this with { Amount = Amount + e.Amount, Changes = Changes + 1 };
}

internal static class BenchStore
{
    /// <summary>A store on a new database with its schema.</summary>
    public static async Task<DocumentStore> OpenAsync(string connectionString, Action<StoreOptions> configure, CancellationToken token)
    {
        var store = DocumentStore.For(options =>
        {
            options.ConnectionString = connectionString;
            options.Events.AddEventTypes([typeof(OrderPlaced), typeof(OrderChanged)]);
            configure(options);
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync(token);
        return store;
    }

    /// <summary>Between two measurements on one database.</summary>
    public static async Task EmptyAsync(string connectionString, CancellationToken token, string more = "")
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand($"truncate public.mt_streams, public.mt_events{more}");
        await command.ExecuteNonQueryAsync(token);
        await using var checkpoint = source.CreateCommand("checkpoint");
        await checkpoint.ExecuteNonQueryAsync(token);
    }
}
