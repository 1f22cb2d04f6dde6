namespace EventSourced.EventStore.Daemon;

/// <summary>What comparing a projection's tables with its events found, all of it as of one moment.</summary>
/// <param name="Projection">The projection's name.</param>
/// <param name="Shard">The shard's name, as in <c>mt_event_progression</c>; inline projections have no row there.</param>
/// <param name="UpTo">The last event folded: of an async projection its progress, of an inline one the last event visible.</param>
/// <param name="Tables">Its tables.</param>
/// <param name="Parked">Documents that stopped at an event; they are compared as of before it.</param>
public sealed record VerifyReport(string Projection, string Shard, long UpTo, IReadOnlyList<VerifiedTable> Tables, IReadOnlyList<ParkedDocument> Parked)
{
    /// <summary>Whether every table holds exactly what its events say.</summary>
    public bool IsEqual => Tables.All(table => table.FirstDifference is null);
}

/// <summary>One table's comparison.</summary>
/// <param name="Table">With its schema.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Digest">SHA-256, in hexadecimal, over all its rows in order: for documents id, <c>mt_version</c> and body.</param>
/// <param name="ExpectedRows">How many rows folding the events gives.</param>
/// <param name="ExpectedDigest">The digest of those.</param>
/// <param name="FirstDifference">The first row, in order, that differs; null when none does.</param>
public sealed record VerifiedTable(string Table, long Rows, string Digest, long ExpectedRows, string ExpectedDigest, RowDifference? FirstDifference);

/// <summary>A row that is not what its events say.</summary>
/// <param name="Id">The document's id; of a flat table the row itself.</param>
/// <param name="Actual">What is there; null when the row is missing.</param>
/// <param name="Expected">What the events say; null when there should be no row.</param>
public sealed record RowDifference(string Id, string? Actual, string? Expected);
