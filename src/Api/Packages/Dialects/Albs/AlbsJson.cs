using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>The dialect's JSON: snake case, numbers also as decimal text, times without a zone, nulls written, unknown fields ignored.</summary>
public static class AlbsJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>200 with the body <c>null</c>: typed results write nothing for null.</summary>
    public static ContentHttpResult Null => TypedResults.Content("null", "application/json");

    /// <summary>200 with an empty object.</summary>
    public static ContentHttpResult Nothing => TypedResults.Content("{}", "application/json");

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General)
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            MaxDepth = 128, // all that is in the store, wrapped as it is in answers
            NumberHandling = JsonNumberHandling.AllowReadingFromString,
            RespectNullableAnnotations = true,
            Converters = { new AlbsTimeConverter(), new BuildRefTypeConverter() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>Answers <c>2024-05-01T10:20:30.123456</c>, UTC without a zone; reads that, a space instead of the T, and zones.</summary>
public sealed class AlbsTimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String && TryParse(reader.GetString(), out var time)
            ? time
            : throw new JsonException("The value is not a date-time.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Format(value));

    public static string Format(DateTimeOffset value) => value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture);

    public static bool TryParse(string? text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
