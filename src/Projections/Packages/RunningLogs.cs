using System.Globalization;
using EventSourced.Domain;
using EventSourced.Domain.Packages;
using Npgsql;
using NpgsqlTypes;

namespace EventSourced.Projections.Packages;

/// <summary>
/// Logs while they are written: pieces in <c>es.log_chunks</c>, one stream an attempt. Not a projection: log lines are no events. When the task has ended the
/// log is one artifact and its pieces go.
/// </summary>
public sealed class RunningLogs(NpgsqlDataSource database)
{
    internal const string Schema = """
        create table if not exists es.log_chunks (
            stream text not null, "offset" bigint not null, bytes bytea not null, constraint pkey_log_chunks_stream_offset primary key (stream, "offset"));
        create table if not exists es.log_artifacts (
            stream text not null, sha256 text not null, size_bytes bigint not null, constraint pkey_log_artifacts_stream primary key (stream));
        create index if not exists log_artifacts_idx_sha256 on es.log_artifacts (sha256);
        """;

    // Only who continues at the end gets in. Of two that do at once the second one's row has the first one's key.
    private const string Append = """
        with ending as materialized (
            select coalesce((select c."offset" + octet_length(c.bytes) from es.log_chunks c where c.stream = $1 order by c."offset" desc limit 1), 0) as at),
        added as (
            insert into es.log_chunks (stream, "offset", bytes) select $1, $2, $3 from ending where ending.at = $2
            on conflict do nothing returning "offset" + octet_length(bytes) as at)
        select coalesce((select at from added), (select at from ending))
        """;

    private const int MostBytesRead = 256 * 1024;

    // The piece that holds the position is the last one that begins at or before it.
    private static readonly string Read = $"""
        select substring(c.bytes from greatest($2 - c."offset", 0)::int + 1 for {MostBytesRead}) from es.log_chunks c
        where c.stream = $1 and c."offset" = (select max(b."offset") from es.log_chunks b where b.stream = $1 and b."offset" <= $2)
        """;

    private const string End = """select coalesce((select c."offset" + octet_length(c.bytes) from es.log_chunks c where c.stream = $1 order by c."offset" desc limit 1), 0)""";

    private const string FindArtifact = "select sha256, size_bytes from es.log_artifacts where stream = $1";

    // From one stream's name to the next: a log has thousands of pieces.
    private const string Streams = """
        with recursive s (stream) as (
            (select c.stream from es.log_chunks c order by c.stream limit 1)
            union all
            select (select c.stream from es.log_chunks c where c.stream > s.stream order by c.stream limit 1) from s where s.stream is not null)
        select stream from s where stream is not null limit $1
        """;

    // Who read all of the pieces that are there, and deletes them, knows the artifact. Somebody else may have been faster: then there is nothing left to delete,
    // and what was read meanwhile may be half a log, or none.
    private const string Forget = """
        with gone as (
            delete from es.log_chunks where stream = $1
                and ($2 is null or $3 = (select c."offset" + octet_length(c.bytes) from es.log_chunks c where c.stream = $1 order by c."offset" desc limit 1))
            returning stream)
        insert into es.log_artifacts (stream, sha256, size_bytes) select distinct stream, $2, $3 from gone where $2 is not null
        on conflict (stream) do nothing
        """;

    /// <summary>The stream of one attempt, and the topic raised when it grew.</summary>
    public static string StreamOf(BuildTaskId task, int attempt) => $"{task.StreamKey}/{attempt}";

    /// <summary>Adds bytes at the end; bytes that are there already are skipped, so that a piece may be sent again.</summary>
    /// <returns>Where the log ends now. Below <paramref name="offset"/>, nothing was added: bytes in between are missing.</returns>
    public async Task<long> AppendAsync(string stream, long offset, ReadOnlyMemory<byte> bytes, CancellationToken token)
    {
        while (true)
        {
            var end = await AppendOnceAsync(stream, offset, bytes, token);
            if (end < offset || end >= offset + bytes.Length)
                return end;

            // Equal to the offset: another request has just added the same piece, and the next look sees it.
            bytes = bytes[(int)(end - offset)..];
            offset = end;
        }
    }

    /// <summary>The task and attempt of a stream; null when it is not named that way.</summary>
    public static (BuildTaskId Task, int Attempt)? TaskOf(string stream)
    {
        var slash = stream.LastIndexOf('/');
        return slash > 0 && StreamIds.Parse<BuildTaskId, int>(stream[..slash]) is { } task
            && int.TryParse(stream.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) ? (task, attempt) : null;
    }

    /// <summary>Where the log ends now.</summary>
    public async Task<long> EndAsync(string stream, CancellationToken token)
    {
        await using var command = database.CreateCommand(End);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        return (long)(await command.ExecuteScalarAsync(token) ?? 0L);
    }

    /// <summary>Bytes from <paramref name="position"/> on, at most one piece and 256 KiB; empty at the end.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(string stream, long position, CancellationToken token)
    {
        await using var command = database.CreateCommand(Read);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
        return await command.ExecuteScalarAsync(token) as byte[];
    }

    /// <summary>The artifact an attempt's pieces became when its node sent no log; null when there is none.</summary>
    public async Task<(string Sha256, long SizeBytes)?> FindArtifactAsync(string stream, CancellationToken token)
    {
        await using var command = database.CreateCommand(FindArtifact);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        await using var row = await command.ExecuteReaderAsync(token);
        return await row.ReadAsync(token) ? (row.GetString(0), row.GetInt64(1)) : null;
    }

    /// <summary>Some of the streams that have pieces.</summary>
    public async Task<IReadOnlyList<string>> StreamsAsync(int limit, CancellationToken token)
    {
        await using var command = database.CreateCommand(Streams);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var row = await command.ExecuteReaderAsync(token);
        var streams = new List<string>();
        while (await row.ReadAsync(token))
            streams.Add(row.GetString(0));

        return streams;
    }

    /// <summary>Deletes a stream's pieces, and notes the artifact they became. Without effect when the artifact is not all of them.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="sha256">Null when the node's own log is the artifact.</param>
    /// <param name="sizeBytes">Its size.</param>
    /// <param name="token">Cancels.</param>
    public async Task ForgetAsync(string stream, string? sha256, long sizeBytes, CancellationToken token)
    {
        await using var command = database.CreateCommand(Forget);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        command.Parameters.Add(new NpgsqlParameter { Value = sha256 ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = sizeBytes });
        await command.ExecuteNonQueryAsync(token);
    }

    private async Task<long> AppendOnceAsync(string stream, long offset, ReadOnlyMemory<byte> bytes, CancellationToken token)
    {
        await using var command = database.CreateCommand(Append);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = offset });
        command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = bytes });
        return (long)(await command.ExecuteScalarAsync(token) ?? 0L);
    }
}
