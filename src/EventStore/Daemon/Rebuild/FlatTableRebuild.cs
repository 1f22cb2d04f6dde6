using System.Text.RegularExpressions;
using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Shards;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>Rebuilds the flat tables of an event projection: its SQL runs against tables of the same names in another schema.</summary>
internal sealed class FlatTableRebuild : ProjectionRebuild
{
    private readonly EventProjectionModel projection;
    private readonly EventProjector projector;

    public FlatTableRebuild(DocumentStore store, EventProjectionModel projection) : base(store, projection)
    {
        this.projection = projection;
        if (projection.Tables.Count == 0)
            throw new NotBuildableException($"{projection.Name} names no tables, so it cannot be built beside.");

        Tables = [.. projection.Tables.Order(StringComparer.Ordinal).Select(TableName.Parse)];
        projector = new EventProjector(projection, store, Renaming(Tables, SideTables.Rebuild));
    }

    protected override IReadOnlyList<TableName> Tables { get; }

    protected override IPageProjector Projector => projector;

    /// <summary>Puts another schema in front of the tables' names, wherever they stand in a text.</summary>
    public static Func<string, string> Renaming(IReadOnlyList<TableName> tables, string schema)
    {
        var names = new Regex($@"\b({string.Join('|', tables.Select(t => Regex.Escape(t.ToString())))})\b", RegexOptions.CultureInvariant);
        return sql => names.Replace(sql, match => $"{schema}.{TableName.Parse(match.Value).Table}");
    }

    protected override async Task CreateTablesAsync(NpgsqlConnection connection, CancellationToken token)
    {
        foreach (var table in Tables)
            await SideTables.CopyShapeAsync(connection, table, SideTables.Rebuild, token);
    }

    protected override Task<IReadOnlyCollection<Failure>> BuildAsync(NpgsqlConnection source, NpgsqlConnection target, long upTo, CancellationToken token) =>
        new FlatTableBuilder(projection, projector, Store.Events, new Dictionary<string, long>()).BuildAsync(source, target, upTo, token);
}
