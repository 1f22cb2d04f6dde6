using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourced.Domain.Accounts;

/// <summary>A personal field, encrypted under the key of the person it belongs to. Never clear text.</summary>
[JsonConverter(typeof(SealedTextJsonConverter))]
public readonly record struct SealedText(string Value);

/// <summary>Writes a sealed field as its bare text.</summary>
public sealed class SealedTextJsonConverter : JsonConverter<SealedText>
{
    public override SealedText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? throw new JsonException("A sealed text is null."));

    public override void Write(Utf8JsonWriter writer, SealedText value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
