using Npgsql;

namespace EventSourced.EventStore.Tests.Daemon.HighWater;

/// <summary>A log of its own for one test about gaps: who is connected decides there.</summary>
internal sealed class GapDatabase(BankDatabase database) : IAsyncDisposable
{
    public const string Draw = "select nextval('mt_events_sequence')";

    private readonly NpgsqlDataSource ours = NpgsqlDataSource.Create($"{database.ConnectionString};Application Name=eventsourced test");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public string ConnectionString => database.ConnectionString;

    public DocumentStore Store { get; } = database.Store();

    public static async Task<GapDatabase> CloneAsync(BankDatabase template) => new((BankDatabase)await template.CloneAsync());

    public async Task AppendAsync()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream($"account-{Guid.NewGuid()}", new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);
    }

    /// <summary>A transaction of ours that drew the next number and is still open.</summary>
    public async Task<NpgsqlConnection> DrawnAsync()
    {
        var writer = await ours.OpenConnectionAsync(Token);
        await ExecuteAsync(writer, $"begin; select pg_current_xact_id(); {Draw}");
        return writer;
    }

    public async Task<NpgsqlConnection> ForeignAsync()
    {
        var connection = new NpgsqlConnection($"{ConnectionString};Application Name=marten;Pooling=false");
        await connection.OpenAsync(Token);
        return connection;
    }

    public static Task InsertAsync(NpgsqlConnection foreign, long number) => ExecuteAsync(foreign, $$"""
        insert into mt_streams (id, version) values ('late', 1);
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, is_archived)
        values ({{number}}, gen_random_uuid(), 'late', 1, '{"Amount": 1, "Note": null}', 'money_deposited', now(), null, false)
        """);

    public async Task<T?> ScalarAsync<T>(string sql)
    {
        await using var command = ours.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token) is T value ? value : default;
    }

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await ours.DisposeAsync();
        await database.DisposeAsync();
    }
}
