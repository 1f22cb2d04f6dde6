using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace EventSourced.EventStore.Documents;

/// <summary>Numbers the <c>?</c> placeholders of hand-written SQL; those in quotes stay.</summary>
internal static class Placeholders
{
    private static readonly ConcurrentDictionary<string, (string Sql, int Count)> Known = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">The number of values is not that of the placeholders.</exception>
    public static string Number(string sql, int values)
    {
        var numbered = Known.TryGetValue(sql, out var known) ? known : Remember(sql);
        return numbered.Count == values
            ? numbered.Sql
            : throw new ArgumentException($"{numbered.Count} placeholders, but {values} values: {sql}", nameof(values));
    }

    /// <summary>SQL is nearly always constant text; what is composed with ever new values must not fill the memory.</summary>
    private static (string Sql, int Count) Remember(string sql)
    {
        var numbered = Number(sql);
        if (Known.Count < 4096)
            Known.TryAdd(sql, numbered);

        return numbered;
    }

    private static (string Sql, int Count) Number(string sql)
    {
        var text = new StringBuilder(sql.Length + 16);
        var (count, quote) = (0, '\0');
        foreach (var c in sql)
        {
            if (quote == '\0' && c == '?')
            {
                text.Append(CultureInfo.InvariantCulture, $"${++count}");
                continue;
            }

            if (c is '\'' or '"')
                quote = quote == '\0' ? c : quote == c ? '\0' : quote;

            text.Append(c);
        }

        return (text.ToString(), count);
    }
}
