using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>What a ref points at. Requests carry the number, the number as text, or its name; answers carry the number.</summary>
[JsonConverter(typeof(BuildTaskRefTypeConverter))]
public enum BuildTaskRefType
{
    GitBranch = 1,
    GitTag = 2,
    SrpmUrl = 3,
    GitRef = 4,
}

public sealed class BuildTaskRefTypeConverter : JsonConverter<BuildTaskRefType>
{
    public override BuildTaskRefType Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var number = reader.TokenType switch
        {
            JsonTokenType.Number when reader.TryGetInt32(out var value) => value,
            JsonTokenType.String => Parse(reader.GetString()),
            _ => 0,
        };
        return Enum.IsDefined((BuildTaskRefType)number) ? (BuildTaskRefType)number : throw new JsonException("The value is not a known ref type.");
    }

    public override void Write(Utf8JsonWriter writer, BuildTaskRefType value, JsonSerializerOptions options) => writer.WriteNumberValue((int)value);

    private static int Parse(string? text) => text switch
    {
        "git_branch" => 1,
        "git_tag" => 2,
        "srpm_url" => 3,
        "git_ref" => 4,
        _ => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0,
    };
}
