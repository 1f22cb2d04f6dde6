using Npgsql;

namespace EventSourced.EventStore;

/// <summary>Reading documents and streams. Not thread-safe. Names and meaning are Marten's.</summary>
public interface IQuerySession : IAsyncDisposable
{
    /// <summary>One document by id; null when there is none.</summary>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is no document of this store.</exception>
    /// <exception cref="System.Text.Json.JsonException">What is stored does not fit <typeparamref name="T"/>.</exception>
    Task<T?> LoadAsync<T>(string id, CancellationToken token = default) where T : notnull;

    /// <summary>The documents with these ids, in no promised order; missing ones are left out.</summary>
    Task<IReadOnlyList<T>> LoadManyAsync<T>(CancellationToken token, params string[] ids) where T : notnull;

    /// <summary>
    /// Rows of hand-written SQL with <c>?</c> placeholders. For a document type, SQL that does not begin with <c>select</c> or <c>with</c> is put behind
    /// <c>select data from mt_doc_…</c>; the first column is read as the document's JSON, or directly for strings, numbers and other scalars.
    /// </summary>
    /// <exception cref="ArgumentException">The number of values is not that of the placeholders.</exception>
    /// <exception cref="InvalidCastException">A value is NULL and <typeparamref name="T"/> has none, or is of another type.</exception>
    Task<IReadOnlyList<T>> QueryAsync<T>(string sql, CancellationToken token, params object[] parameters);

    /// <summary>Runs a command on the session's connection, in its transaction if it has one; the caller disposes the reader before using the session again.</summary>
    Task<NpgsqlDataReader> ExecuteReaderAsync(NpgsqlCommand command, CancellationToken token = default);

    /// <summary>Reading streams.</summary>
    IQueryEventStore Events { get; }

    /// <summary>Written to <c>correlation_id</c> of every event.</summary>
    string? CorrelationId { get; set; }

    /// <summary>Written to <c>causation_id</c> of every event that has none of its own.</summary>
    string? CausationId { get; set; }
}
