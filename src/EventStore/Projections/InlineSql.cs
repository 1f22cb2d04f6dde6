namespace EventSourced.EventStore.Projections;

/// <summary>The statements that read inline documents, for the event types known when they were made.</summary>
internal sealed class InlineSql(string table, string[] aliases)
{
    public string[] Aliases => aliases;

    /// <summary>See <see cref="StreamSql.InlineDocuments(string, IEnumerable{string})"/>.</summary>
    public string OfMany { get; } = StreamSql.InlineDocuments(table, aliases);

    /// <summary>See <see cref="StreamSql.InlineDocument"/>.</summary>
    public string OfOne { get; } = StreamSql.InlineDocument(table, aliases);

    /// <summary>See <see cref="StreamSql.FoundInlineDocuments"/>.</summary>
    public string OfFound { get; } = StreamSql.FoundInlineDocuments(table, aliases);
}
