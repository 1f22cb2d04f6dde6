using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Shards;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Rebuild;

/// <summary>Rebuilds documents of one or many streams.</summary>
internal sealed class DocumentRebuild(DocumentStore store, DocumentProjectionModel projection) : ProjectionRebuild(store, projection)
{
    private readonly DocumentSql beside = new(projection.Document, SideTables.Rebuild);

    protected override IReadOnlyList<TableName> Tables { get; } = [new(DocumentMapping.LiveSchema, projection.Document.Table)];

    protected override IPageProjector Projector => new DocumentProjector(projection, beside);

    protected override Task CreateTablesAsync(NpgsqlConnection connection, CancellationToken token) =>
        SideTables.CreateAsync(connection, projection.Document, SideTables.Rebuild, token);

    protected override Task<IReadOnlyCollection<Failure>> BuildAsync(NpgsqlConnection source, NpgsqlConnection target, long upTo, CancellationToken token) =>
        new DocumentBuilder(Store, projection, beside, new Dictionary<string, long>()).BuildAsync(source, target, upTo, token);
}
