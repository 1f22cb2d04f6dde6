using EventSourced.ServiceDefaults.Artifacts;
using Npgsql;

namespace EventSourced.Workers.Packages.Artifacts;

/// <summary>
/// Who refers to an artifact: every column <c>sha256</c> of a read model in <c>es</c>, found by that name, so that a new read model is heeded from its first day;
/// references of reported files whose digest is not confirmed yet; and messages, those also that have died and may be replayed.
/// </summary>
internal static class ArtifactUses
{
    private const string Columns = """
        select format('exists (select from es.%I r where r.sha256 = d.sha256)', table_name) from information_schema.columns
        where table_schema = 'es' and column_name = 'sha256' and data_type = 'text' order by table_name
        """;

    private const string Select = """
        with m as (
            select distinct found[1] as sha256
            from (select body from es.queue union all select body from es.dead_letters) b, regexp_matches(b.body::text, '[0-9a-f]{64}', 'g') found)
        select d.sha256 from unnest($1::text[], $2::text[]) d (sha256, href)
        where exists (select from m where m.sha256 = d.sha256) or exists (select from es.artifacts a where a.sha256 is null and a.href = d.href) or 
        """;

    /// <returns>Those that something refers to.</returns>
    public static async Task<IReadOnlySet<string>> OfAsync(NpgsqlConnection connection, IReadOnlyCollection<string> artifacts, CancellationToken cancellation)
    {
        var columns = await TextsAsync(new NpgsqlCommand(Columns, connection), cancellation);
        await using var command = new NpgsqlCommand(Select + string.Join(" or ", columns), connection);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. artifacts] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. artifacts.Select(ArtifactHrefs.Of)] });
        return (await TextsAsync(command, cancellation)).ToHashSet(StringComparer.Ordinal);
    }

    private static async Task<List<string>> TextsAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync(cancellation);
            var texts = new List<string>();
            while (await rows.ReadAsync(cancellation))
                texts.Add(rows.GetString(0));

            return texts;
        }
    }
}
