using System.Text.Json;

namespace EventSourced.Messaging.Durability;

/// <summary>A command's result as JSON that names its CLR types, so that a repeat gets the same objects back.</summary>
internal static class StoredResult
{
    public static string Write(object? result, JsonSerializerOptions json) => JsonSerializer.Serialize(
        result is CommandResult command
            ? new Stored(null, [.. command.Streams.Select(s => new StoredStream(s.Key, s.Version, [.. s.Events.Select(e => TypedOf(e, json))]))])
            : new Stored(result is null ? null : TypedOf(result, json), null),
        json);

    public static object? Read(string stored, JsonSerializerOptions json)
    {
        var read = JsonSerializer.Deserialize<Stored>(stored, json)!; // written above, never null
        return read.Streams is { } streams
            ? new CommandResult([.. streams.Select(s => new RecordedStream(s.Key, s.Version, [.. s.Events.Select(e => ValueOf(e, json))]))])
            : read.Response is { } response ? ValueOf(response, json) : null;
    }

    private static Typed TypedOf(object value, JsonSerializerOptions json)
    {
        var type = value.GetType();
        return new Typed($"{type.FullName}, {type.Assembly.GetName().Name}", JsonSerializer.SerializeToElement(value, type, json));
    }

    private static object ValueOf(Typed typed, JsonSerializerOptions json) =>
        typed.Value.Deserialize(Type.GetType(typed.Type, throwOnError: true)!, json)
        ?? throw new InvalidOperationException($"A stored {typed.Type} is null.");

    private sealed record Stored(Typed? Response, IReadOnlyList<StoredStream>? Streams);

    private sealed record StoredStream(string Key, long Version, IReadOnlyList<Typed> Events);

    private sealed record Typed(string Type, JsonElement Value);
}
