using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourced.Domain;

/// <summary>A typed id over what the outside calls the thing by. The alias and the value give the stream key.</summary>
public interface IStreamId
{
    static abstract string Alias { get; }
}

/// <inheritdoc cref="IStreamId"/>
/// <typeparam name="TSelf">The id type.</typeparam>
/// <typeparam name="TValue"><see cref="int"/>, <see cref="Guid"/> or <see cref="string"/>; what events carry in JSON.</typeparam>
public interface IStreamId<TSelf, TValue> : IStreamId
    where TSelf : struct, IStreamId<TSelf, TValue>
    where TValue : IParsable<TValue>
{
    TValue Value { get; }

    static abstract TSelf Of(TValue value);
}

public static class StreamIds
{
    /// <summary><c>build_task-1007</c>.</summary>
    /// <remarks>Called, not copied: the keys of all messages are compiled when a host starts.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static string KeyOf<TSelf, TValue>(IStreamId<TSelf, TValue> id)
        where TSelf : struct, IStreamId<TSelf, TValue> where TValue : IParsable<TValue> =>
        string.Create(CultureInfo.InvariantCulture, $"{TSelf.Alias}-{id.Value}");

    /// <summary>The id in a stream key; null when the key has another alias or no valid value.</summary>
    public static TSelf? Parse<TSelf, TValue>(string streamKey)
        where TSelf : struct, IStreamId<TSelf, TValue> where TValue : IParsable<TValue> =>
        streamKey.StartsWith(TSelf.Alias + "-", StringComparison.Ordinal)
        && TValue.TryParse(streamKey[(TSelf.Alias.Length + 1)..], CultureInfo.InvariantCulture, out var value)
            ? TSelf.Of(value)
            : null;
}

/// <summary>Writes an id as its bare value.</summary>
public sealed class StreamIdJsonConverter<TSelf, TValue> : JsonConverter<TSelf>
    where TSelf : struct, IStreamId<TSelf, TValue>
    where TValue : IParsable<TValue>
{
    public override TSelf Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TSelf.Of(JsonSerializer.Deserialize<TValue>(ref reader, options) ?? throw new JsonException($"{typeof(TSelf).Name} is null."));

    public override void Write(Utf8JsonWriter writer, TSelf value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.Value, options);
}
