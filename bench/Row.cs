using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourced.Bench;

/// <summary>One result beside its yardstick.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Ours">Our figure.</param>
/// <param name="Yardstick">The yardstick's figure, from the same run; null where the budget is absolute.</param>
/// <param name="Unit">The unit of both.</param>
/// <param name="YardstickName">What the yardstick is; null without one.</param>
internal sealed record Row(string Name, double Ours, double? Yardstick, string Unit, string? YardstickName)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Ours by the yardstick; null without one.</summary>
    public double? Ratio => Yardstick is { } yardstick and > 0 ? Math.Round(Ours / yardstick, 3) : null;

    /// <summary>Further figures of the row, such as percentiles; each a member of the JSON line.</summary>
    [JsonExtensionData]
    public Dictionary<string, object>? More { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this with { Ours = Math.Round(Ours, 2), Yardstick = Yardstick is { } y ? Math.Round(y, 2) : null }, Json);
}
