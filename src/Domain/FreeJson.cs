using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourced.Domain;

/// <summary>JSON of someone else that is kept and passed on, compared by content.</summary>
[JsonConverter(typeof(FreeJsonConverter))]
public sealed class FreeJson : IEquatable<FreeJson>
{
    public FreeJson(JsonElement value) => Value = value.Clone();

    public JsonElement Value { get; }

    public static FreeJson Parse(string json) => new(JsonSerializer.Deserialize<JsonElement>(json));

    public bool Equals(FreeJson? other) => other is not null && JsonElement.DeepEquals(Value, other.Value);

    public override bool Equals(object? obj) => Equals(obj as FreeJson);

    // Equal JSON may differ in the order of members and the spelling of numbers, so only the kind is safe to hash.
    public override int GetHashCode() => (int)Value.ValueKind;

    public override string ToString() => Value.GetRawText();
}

public sealed class FreeJsonConverter : JsonConverter<FreeJson>
{
    public override FreeJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(JsonElement.ParseValue(ref reader));

    public override void Write(Utf8JsonWriter writer, FreeJson value, JsonSerializerOptions options) => value.Value.WriteTo(writer);
}
