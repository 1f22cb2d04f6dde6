using System.Globalization;
using Npgsql;

namespace EventSourced.Api.Hosting;

/// <summary>Integer ids that outside APIs demand, drawn before the command that carries them, so that a retry repeats them. Gaps are fine.</summary>
public sealed class IdSequences(NpgsqlDataSource database)
{
    /// <summary>The next number of <c>es.id_{alias}</c>.</summary>
    public async Task<int> DrawAsync(string alias, CancellationToken ct) => (await DrawAsync(alias, 1, ct))[0];

    /// <summary>The next numbers of <c>es.id_{alias}</c> in ascending order, by one query.</summary>
    public async Task<IReadOnlyList<int>> DrawAsync(string alias, int count, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select array_agg(n::int order by n) from (select nextval($1::regclass) n from generate_series(1, $2)) x");
        command.Parameters.Add(new() { Value = string.Create(CultureInfo.InvariantCulture, $"es.id_{alias}") });
        command.Parameters.Add(new() { Value = count });
        return (int[])(await command.ExecuteScalarAsync(ct))!;
    }
}
