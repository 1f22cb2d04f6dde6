using System.Buffers;
using System.Text;
using Npgsql;

namespace EventSourced.EventStore.Streams;

/// <summary>Reads the events of a stream for a fold that looks at their bodies alone: neither body nor alias becomes an object of its own on the way.</summary>
internal sealed class BodyReader(EventGraph graph) : IDisposable
{
    /// <summary>In the order <see cref="Read"/> takes them, of table alias <c>e</c>. As text, a body is sent as it is parsed.</summary>
    public const string Columns = "e.version, e.data::text, e.type, e.bdata is not null";

    private readonly List<(byte[] Utf8, string Text)> aliases = [];
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(4096);

    /// <summary>The event of the row at the reader, without metadata; null for a tombstone.</summary>
    /// <exception cref="UnknownEventTypeException">The alias is not known here; the .NET name may be, which this row does not have.</exception>
    /// <exception cref="NotSupportedException">The body is binary, which no serializer here reads.</exception>
    public StoredEvent? Read(NpgsqlDataReader row)
    {
        var alias = Alias(Bytes(row, 2));
        if (alias == EventGraph.Tombstone)
            return null;

        if (row.GetBoolean(3))
            throw new NotSupportedException($"Event {row.GetInt64(0)} of its stream ('{alias}') has a binary body.");

        var stored = graph.Read(alias, dotNetName: null, Bytes(row, 1));
        stored.Version = row.GetInt64(0);
        return stored;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);

    private ReadOnlySpan<byte> Bytes(NpgsqlDataReader row, int column)
    {
        var length = (int)row.GetBytes(column, 0, null, 0, 0);
        if (length > buffer.Length)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = ArrayPool<byte>.Shared.Rent(length);
        }

        return buffer.AsSpan(0, (int)row.GetBytes(column, 0, buffer, 0, length));
    }

    // A stream has few aliases, however long it is.
    private string Alias(ReadOnlySpan<byte> utf8)
    {
        foreach (var (known, text) in aliases)
        {
            if (utf8.SequenceEqual(known))
                return text;
        }

        var alias = Encoding.UTF8.GetString(utf8);
        aliases.Add((utf8.ToArray(), alias));
        return alias;
    }
}
