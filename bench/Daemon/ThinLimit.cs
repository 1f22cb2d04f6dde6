using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.Bench.Daemon;

/// <summary>The least a rebuild can do: one ordered read of what is needed, a fold in a dictionary, one COPY.</summary>
internal static class ThinLimit
{
    private const string Table = """
        drop table if exists thin;
        create table thin (id varchar primary key, data jsonb not null, mt_last_modified timestamptz default transaction_timestamp(), mt_dotnet_type varchar, mt_version bigint not null)
        """;

    public static async Task RunAsync(NpgsqlDataSource source, bool isMulti, CancellationToken cancellation)
    {
        await using var target = await source.OpenConnectionAsync(cancellation);
        await using (var create = new NpgsqlCommand(Table, target))
            await create.ExecuteNonQueryAsync(cancellation);

        await CopyAsync(target, await FoldAsync(source, isMulti, cancellation), cancellation);
    }

    private static async Task<Dictionary<string, (GroupView View, long Version)>> FoldAsync(NpgsqlDataSource source, bool isMulti, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand("select seq_id, stream_id, version, data from mt_events order by seq_id");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var views = new Dictionary<string, (GroupView View, long Version)>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation))
        {
            var e = JsonSerializer.Deserialize<TallyRaised>(reader.GetFieldValue<byte[]>(3))!; // the log holds no JSON null
            var id = isMulti ? e.Group : reader.GetString(1);
            var before = views.TryGetValue(id, out var known) ? known.View : new GroupView(id, 0, 0);
            views[id] = (before with { Count = before.Count + 1, Total = before.Total + e.Amount }, reader.GetInt64(isMulti ? 0 : 2));
        }

        return views;
    }

    private static async Task CopyAsync(NpgsqlConnection target, Dictionary<string, (GroupView View, long Version)> views, CancellationToken cancellation)
    {
        await using var copy = await target.BeginBinaryImportAsync("copy thin (id, data, mt_dotnet_type, mt_version) from stdin (format binary)", cancellation);
        foreach (var (id, (view, version)) in views)
        {
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(id, NpgsqlDbType.Varchar, cancellation);
            await copy.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(view), NpgsqlDbType.Jsonb, cancellation);
            await copy.WriteAsync("View", NpgsqlDbType.Varchar, cancellation);
            await copy.WriteAsync(version, NpgsqlDbType.Bigint, cancellation);
        }

        await copy.CompleteAsync(cancellation);
    }
}
