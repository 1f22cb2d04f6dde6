using System.Text.Json;

namespace EventSourced.EventStore.Streams;

internal abstract class StoredEvent : IEvent
{
    private Dictionary<string, object>? headers;
    private byte[]? unreadHeaders;

    public Guid Id { get; set; }

    public long Version { get; set; }

    public long Sequence { get; set; }

    public abstract object Data { get; }

    public abstract Type EventType { get; }

    public string EventTypeName { get; set; } = "";

    public string DotNetTypeName { get; set; } = "";

    public string? StreamKey { get; set; }

    public DateTimeOffset Timestamp { get; set; }

    public string TenantId => Tenancy.Default;

    public string? CausationId { get; set; }

    public string? CorrelationId { get; set; }

    public string? UserName { get; set; }

    public bool IsArchived { get; set; }

    public Dictionary<string, object>? Headers
    {
        get
        {
            if (unreadHeaders is { } json)
            {
                unreadHeaders = null;
                headers = HeaderJson.Read(json);
            }

            return headers;
        }

        set
        {
            unreadHeaders = null;
            headers = value;
        }
    }

    public object? GetHeader(string key) => Headers?.GetValueOrDefault(key);

    public void SetHeader(string key, object value) => (Headers ??= [])[key] = value;

    /// <summary>Whether correlation, causation, user and headers are those of the other one.</summary>
    internal bool HasMetadataOf(StoredEvent other) =>
        this == other || CorrelationId == other.CorrelationId && CausationId == other.CausationId && UserName == other.UserName && HasHeadersOf(other);

    /// <summary>What is written. Every event of ours says who executes, by which it is told from those of other writers.</summary>
    internal byte[] HeadersToWrite() => unreadHeaders ?? HeaderJson.Write(headers);

    /// <summary>Says that the store itself executes, where nobody has said who does.</summary>
    internal void CompleteHeaders()
    {
        if (unreadHeaders is not null)
            return;

        if (headers is null or { Count: 0 })
            unreadHeaders = HeaderJson.OfStore;
        else
            headers.TryAdd(HeaderJson.By, HeaderJson.Store);
    }

    private bool HasHeadersOf(StoredEvent other) => unreadHeaders is not null || other.unreadHeaders is not null
        ? unreadHeaders == other.unreadHeaders
        : headers?.Count == other.headers?.Count && (headers is null || headers.All(h => other.headers!.TryGetValue(h.Key, out var value) && Equals(value, h.Value))); // as many as ours

    /// <summary>Most readers never look at headers, so their JSON is parsed at first use.</summary>
    internal void SetUnreadHeaders(byte[] json) => unreadHeaders = json;
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
