using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Requests carry the number, the number as text, or its name; answers carry the number.</summary>
public sealed class BuildRefTypeConverter : JsonConverter<BuildRefType>
{
    public override BuildRefType Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var number = reader.TokenType switch
        {
            JsonTokenType.Number when reader.TryGetInt32(out var value) => value,
            JsonTokenType.String => Parse(reader.GetString()),
            _ => 0,
        };
        return Enum.IsDefined((BuildRefType)number) ? (BuildRefType)number : throw new JsonException("The value is not a known ref type.");
    }

    public override void Write(Utf8JsonWriter writer, BuildRefType value, JsonSerializerOptions options) => writer.WriteNumberValue((int)value);

    private static int Parse(string? text) => text switch
    {
        "git_branch" => (int)BuildRefType.GitBranch,
        "git_tag" => (int)BuildRefType.GitTag,
        "srpm_url" => (int)BuildRefType.SrpmUrl,
        "git_ref" => (int)BuildRefType.GitRef,
        _ => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0,
    };
}
