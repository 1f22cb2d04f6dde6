using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Verify;

/// <summary>Reads two tables of the same shape in the same order, side by side.</summary>
internal sealed class TableComparison(string table, string liveSql, string builtSql)
{
    /// <summary>
    /// Of a document table: id and content. Where events of archived streams do not count, documents of such streams are left out: what they show depends on
    /// whether they had been projected when their stream was archived.
    /// </summary>
    public static TableComparison OfDocuments(DocumentProjectionModel projection, DocumentSql live, DocumentSql built) =>
        new(live.Table, Documents(live.Table, projection.IsMultiStream || projection.IncludesArchived ? "" : NotArchived), Documents(built.Table, filter: ""));

    /// <summary>Of a flat table: a row is its own key.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="live">What is read of it: the name, or a query in parentheses.</param>
    /// <param name="built">The same of the table beside.</param>
    public static TableComparison OfRows(string table, string live, string built) => new(table, Rows(live), Rows(built));

    public async Task<VerifiedTable> CompareAsync(NpgsqlConnection live, NpgsqlConnection built, CancellationToken token)
    {
        await using var actual = await TableRows.OpenAsync(live, liveSql, token);
        await using var expected = await TableRows.OpenAsync(built, builtSql, token);
        RowDifference? first = null;
        while (actual.Id is not null || expected.Id is not null)
        {
            var order = Compare(actual.Id, expected.Id);
            if (order != 0 || actual.Content != expected.Content)
                first ??= new RowDifference((order <= 0 ? actual.Id : expected.Id)!, order <= 0 ? actual.Content : null, order >= 0 ? expected.Content : null); // the smaller id is never null

            if (order <= 0)
                await actual.NextAsync(token);

            if (order >= 0)
                await expected.NextAsync(token);
        }

        return new VerifiedTable(table, actual.Count, actual.Digest, expected.Count, expected.Digest, first);
    }

    /// <summary>As PostgreSQL's collation "C": by the bytes of UTF-8. The end comes after everything.</summary>
    private static int Compare(string? a, string? b) => (a, b) switch
    {
        (null, null) => 0,
        (null, _) => 1,
        (_, null) => -1,
        _ => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)),
    };

    private const string NotArchived = "where not exists (select from public.mt_streams s where s.id = d.id and s.is_archived)";

    private static string Documents(string table, string filter) => $"""select d.id, d.mt_version || ' ' || d.data::text from {table} d {filter} order by d.id collate "C" """;

    private static string Rows(string table) => $"""select r, r from (select t::text r from {table} t) x order by r collate "C" """;

    /// <summary>A forward reading with a running digest.</summary>
    private sealed class TableRows(NpgsqlCommand command, NpgsqlDataReader reader) : IAsyncDisposable
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public string? Id { get; private set; }

        public string? Content { get; private set; }

        public long Count { get; private set; }

        public string Digest => Convert.ToHexStringLower(hash.GetCurrentHash());

        public static async Task<TableRows> OpenAsync(NpgsqlConnection connection, string sql, CancellationToken token)
        {
            var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            var rows = new TableRows(command, await command.ExecuteReaderAsync(token));
            await rows.NextAsync(token);
            return rows;
        }

        public async Task NextAsync(CancellationToken token)
        {
            (Id, Content) = await reader.ReadAsync(token) ? (reader.GetString(0), reader.GetString(1)) : (null, null);
            if (Id is null)
                return;

            Count++;
            hash.AppendData(Encoding.UTF8.GetBytes($"{Id}\n{Content}\n"));
        }

        public async ValueTask DisposeAsync()
        {
            await reader.DisposeAsync();
            await command.DisposeAsync();
            hash.Dispose();
        }
    }
}
