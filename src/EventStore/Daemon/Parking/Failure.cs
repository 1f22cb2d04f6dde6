using System.Text;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Parking;

/// <summary>One document's event that failed.</summary>
internal sealed record Failure(string DocumentId, long Sequence, Exception Exception)
{
    /// <summary>An entry of a btree holds 2,704 bytes, and the key of <c>es.parked</c> begins with the shard's name.</summary>
    private const int MostIdBytes = 2_000;

    /// <summary>What is parked.</summary>
    public string DocumentId { get; } = IsStorable(DocumentId) ? DocumentId : UnknownDocumentOf(Sequence);

    /// <summary>Stands for the documents of an event that could not be read or routed.</summary>
    public static string UnknownDocumentOf(long sequence) => $"event:{sequence}";

    /// <summary>Whether the database can hold a document, and a parked one, under this id.</summary>
    public static bool IsStorable(string id) =>
        (id.Length <= MostIdBytes / 3 || Encoding.UTF8.GetByteCount(id) <= MostIdBytes) && !id.Contains('\0', StringComparison.Ordinal);

    /// <summary>
    /// Whether an error of the database is about the data of one document, so that a repetition cannot cure it and others are not concerned. Class 54 is what is
    /// too large, as a key of an index.
    /// </summary>
    public static bool IsAboutData(PostgresException error) => error.SqlState[..2] is "22" or "23" or "54" || error.SqlState == "P0001";
}
