using System.Text.Json;

namespace EventSourced.EventStore.Streams;

internal abstract class StoredEvent : IEvent
{
    private object? headers; // a dictionary, or JSON that nobody has looked at
    private long utcTicks;

    public Guid Id { get; set; }

    public long Version { get; set; }

    public long Sequence { get; set; }

    public abstract object Data { get; }

    public abstract Type EventType { get; }

    public string EventTypeName { get; set; } = "";

    public string DotNetTypeName { get; set; } = "";

    public string? StreamKey { get; set; }

    public DateTimeOffset Timestamp
    {
        get => new(utcTicks, TimeSpan.Zero);
        set => utcTicks = value.UtcTicks;
    }

    public string TenantId => Tenancy.Default;

    public string? CausationId { get; set; }

    public string? CorrelationId { get; set; }

    public string? UserName { get; set; }

    public bool IsArchived { get; set; }

    public Dictionary<string, object>? Headers
    {
        get
        {
            if (headers is byte[] json)
                headers = HeaderJson.Read(json);

            return (Dictionary<string, object>?)headers;
        }

        set => headers = value;
    }

    public object? GetHeader(string key) => Headers?.GetValueOrDefault(key);

    public void SetHeader(string key, object value) => (Headers ??= [])[key] = value;

    /// <summary>Whether correlation, causation, user and headers are those of the other one.</summary>
    internal bool HasMetadataOf(StoredEvent other) =>
        this == other || CorrelationId == other.CorrelationId && CausationId == other.CausationId && UserName == other.UserName && HasHeadersOf(other);

    /// <summary>What is written. Every event of ours says who executes, by which it is told from those of other writers.</summary>
    internal byte[] HeadersToWrite() => headers as byte[] ?? HeaderJson.Write(Headers);

    /// <summary>Says that the store itself executes, where nobody has said who does.</summary>
    internal void CompleteHeaders()
    {
        if (headers is null or Dictionary<string, object> { Count: 0 })
            headers = HeaderJson.OfStore;
        else if (headers is Dictionary<string, object> named)
            named.TryAdd(HeaderJson.By, HeaderJson.Store);
    }

    private bool HasHeadersOf(StoredEvent other) => (headers, other.headers) switch
    {
        (Dictionary<string, object> mine, Dictionary<string, object> theirs) =>
            mine.Count == theirs.Count && mine.All(h => theirs.TryGetValue(h.Key, out var value) && Equals(value, h.Value)),
        _ => headers == other.headers,
    };

    /// <summary>Most readers never look at headers, so their JSON is parsed at first use.</summary>
    internal void SetUnreadHeaders(byte[] json) => headers = json;
}

internal sealed class StoredEvent<T>(T data) : StoredEvent, IEvent<T> where T : notnull
{
    public override object Data => data;

    T IEvent<T>.Data => data;

    public override Type EventType => typeof(T);
}

internal static class Tenancy
{
    public const string Default = "*DEFAULT*";
}

internal static class HeaderJson
{
    /// <summary>The header that names the executing role.</summary>
    public const string By = "by";

    /// <summary>The role of a session that was told none.</summary>
    public const string Store = "store";

    /// <summary>The headers of an event that has no others.</summary>
    public static readonly byte[] OfStore = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { [By] = Store });

    /// <summary>Marten writes JSON null, not SQL NULL, when there are no headers.</summary>
    private static readonly byte[] Null = "null"u8.ToArray();

    public static byte[] Write(Dictionary<string, object>? headers) =>
        headers is null or { Count: 0 } ? Null : JsonSerializer.SerializeToUtf8Bytes(headers);

    public static Dictionary<string, object>? Read(ReadOnlySpan<byte> json)
    {
        var read = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json);
        return read is null or { Count: 0 } ? null : read.ToDictionary(h => h.Key, h => Value(h.Value));
    }

    private static object Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString()!, // a string element has a string
        JsonValueKind.Number => json.TryGetInt64(out var whole) ? (object)whole : json.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => json,
    };
}
