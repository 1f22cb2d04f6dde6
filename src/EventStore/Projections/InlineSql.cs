namespace EventSourced.EventStore.Projections;

/// <summary>The statements that read inline documents, for the event types known when they were made.</summary>
/// <param name="table">The documents' table.</param>
/// <param name="columns">What of the events that a document does not reflect is read.</param>
/// <param name="aliases">The events the projection takes.</param>
internal sealed class InlineSql(string table, string columns, string[] aliases)
{
    public string[] Aliases => aliases;

    /// <summary>See <see cref="StreamSql.ForWritingInline"/>.</summary>
    public string ForWriting { get; } = StreamSql.ForWritingInline(table, columns, aliases);

    /// <summary>See <see cref="StreamSql.InlineDocuments"/>.</summary>
    public string OfMany { get; } = StreamSql.InlineDocuments(table, columns, aliases);

    /// <summary>See <see cref="StreamSql.InlineDocument"/>.</summary>
    public string OfOne { get; } = StreamSql.InlineDocument(table, columns, aliases);
}
