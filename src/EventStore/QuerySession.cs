using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore;

internal class QuerySession(DocumentStore store) : IQuerySession
{
    private NpgsqlConnection? connection;
    private NpgsqlTransaction? transaction;

    public DocumentStore Owner => store;

    public string? CorrelationId { get; set; }

    public string? CausationId { get; set; }

    IQueryEventStore IQuerySession.Events => new QueryEventStore(this);

    protected bool HasTransaction => transaction is not null;

    public async Task<T?> LoadAsync<T>(string id, CancellationToken token = default) where T : notnull
    {
        var mapping = store.Documents.For(typeof(T));
        await using var lease = await LeaseAsync(token);
        await using var command = new NpgsqlCommand(mapping.Sql.Load, lease.Connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = id, NpgsqlDbType = NpgsqlDbType.Varchar } },
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        return await reader.ReadAsync(token) ? (T)mapping.Deserialize(reader.GetFieldValue<byte[]>(0)) : default;
    }

    public async Task<IReadOnlyList<T>> LoadManyAsync<T>(CancellationToken token, params string[] ids) where T : notnull
    {
        var mapping = store.Documents.For(typeof(T));
        await using var lease = await LeaseAsync(token);
        await using var command = new NpgsqlCommand(mapping.Sql.LoadMany, lease.Connection)
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar } },
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        var documents = new List<T>(ids.Length);
        while (await reader.ReadAsync(token))
            documents.Add((T)mapping.Deserialize(reader.GetFieldValue<byte[]>(0)));

        return documents;
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, CancellationToken token, params object[] parameters)
    {
        var query = RowReader<T>.Complete(sql, store);
        await using var lease = await LeaseAsync(token);
        await using var command = new NpgsqlCommand(Placeholders.Number(query, parameters.Length), lease.Connection);
        foreach (var value in parameters)
            command.Parameters.Add(SqlParameters.Of(value));

        await using var reader = await command.ExecuteReaderAsync(token);
        var rows = new List<T>();
        while (await reader.ReadAsync(token))
            rows.Add(RowReader<T>.Read(reader, store.Options.SerializerOptions));

        return rows;
    }

    public async Task<NpgsqlDataReader> ExecuteReaderAsync(NpgsqlCommand command, CancellationToken token = default)
    {
        var lease = await LeaseAsync(token);
        command.Connection = lease.Connection;
        return await command.ExecuteReaderAsync(lease.IsOwned ? CommandBehavior.CloseConnection : CommandBehavior.Default, token);
    }

    /// <summary>The session's connection if it has a transaction, else one of its own that goes back to the pool with the lease.</summary>
    internal async ValueTask<Lease> LeaseAsync(CancellationToken token) =>
        connection is null ? new Lease(await store.DataSource.OpenConnectionAsync(token), IsOwned: true) : new Lease(connection, IsOwned: false);

    /// <summary>Npgsql sends <c>begin</c> together with the first command, so this costs no round trip.</summary>
    protected async Task OpenTransactionAsync(CancellationToken token)
    {
        if (transaction is not null)
            return;

        connection = await store.DataSource.OpenConnectionAsync(token);
        transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, token);
    }

    /// <summary>Gives the connection back; what is not committed is rolled back.</summary>
    protected async ValueTask CloseTransactionAsync()
    {
        if (transaction is not null)
            await transaction.DisposeAsync();

        if (connection is not null)
            await connection.DisposeAsync();

        (transaction, connection) = (null, null);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseTransactionAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A connection for one exchange.</summary>
internal readonly record struct Lease(NpgsqlConnection Connection, bool IsOwned) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => IsOwned ? Connection.DisposeAsync() : ValueTask.CompletedTask;
}
