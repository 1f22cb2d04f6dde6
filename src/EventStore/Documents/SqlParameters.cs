using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Documents;

/// <summary>Turns what callers hand over into parameters.</summary>
internal static class SqlParameters
{
    /// <summary>
    /// A parameter for any value: an <see cref="NpgsqlParameter"/> as it is, null as NULL of a type the server infers, enums by name as the store's JSON has
    /// them, times as UTC, everything else by its CLR type.
    /// </summary>
    public static NpgsqlParameter Of(object? value) => value switch
    {
        NpgsqlParameter own => own.Collection is null ? own : own.Clone(),
        null or DBNull => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Unknown },
        string text => new NpgsqlParameter<string> { TypedValue = text, NpgsqlDbType = NpgsqlDbType.Text },
        long number => new NpgsqlParameter<long> { TypedValue = number, NpgsqlDbType = NpgsqlDbType.Bigint },
        int number => new NpgsqlParameter<int> { TypedValue = number, NpgsqlDbType = NpgsqlDbType.Integer },
        Guid id => new NpgsqlParameter<Guid> { TypedValue = id, NpgsqlDbType = NpgsqlDbType.Uuid },
        DateTimeOffset time => new NpgsqlParameter<DateTime> { TypedValue = time.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz },
        Enum name => new NpgsqlParameter<string> { TypedValue = name.ToString(), NpgsqlDbType = NpgsqlDbType.Text },
        _ => new NpgsqlParameter { Value = value },
    };

    /// <summary>An array of a type that Npgsql infers, or of one that it must be told.</summary>
    public static NpgsqlParameter Array<TItem, TValue>(IReadOnlyList<TItem> items, Func<TItem, TValue> value, NpgsqlDbType? type = null)
    {
        var values = new TValue[items.Count];
        for (var n = 0; n < values.Length; n++)
            values[n] = value(items[n]);

        var parameter = new NpgsqlParameter<TValue[]> { TypedValue = values };
        if (type is { } named)
            parameter.NpgsqlDbType = NpgsqlDbType.Array | named;

        return parameter;
    }
}
