using System.Text.Json;
using Npgsql;

namespace EventSourced.EventStore.Documents;

/// <summary>Reads the first column of a row as <typeparamref name="T"/>: scalars as they are, everything else as JSON.</summary>
internal static class RowReader<T>
{
    private static readonly Type Plain = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);

    private static readonly bool IsScalar = Plain.IsPrimitive || Plain == typeof(string) || Plain == typeof(decimal) || Plain == typeof(Guid)
        || Plain == typeof(DateTime) || Plain == typeof(DateTimeOffset) || Plain == typeof(TimeSpan) || Plain.IsArray;

    /// <summary>SQL of a document type may begin with what comes after <c>select data from mt_doc_…</c>.</summary>
    public static string Complete(string sql, DocumentStore store)
    {
        var start = sql.AsSpan().TrimStart();
        var isComplete = start.StartsWith("select", StringComparison.OrdinalIgnoreCase) || start.StartsWith("with", StringComparison.OrdinalIgnoreCase);
        return isComplete || IsScalar ? sql : $"select data from {store.Documents.For(typeof(T)).Sql.Table} {sql}";
    }

    public static T Read(NpgsqlDataReader row, JsonSerializerOptions json)
    {
        if (row.IsDBNull(0))
            return default(T) is null ? default! : throw new InvalidCastException($"NULL is no {typeof(T).Name}."); // null is a value of T here

        return IsScalar ? row.GetFieldValue<T>(0) : JsonSerializer.Deserialize<T>(row.GetFieldValue<byte[]>(0), json)!; // a JSON null is the caller's null
    }
}
