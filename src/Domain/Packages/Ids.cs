using System.Text.Json.Serialization;

namespace EventSourced.Domain.Packages;

[JsonConverter(typeof(StreamIdJsonConverter<BuildId, int>))]
public readonly record struct BuildId(int Value) : IStreamId<BuildId, int>
{
    public static string Alias => "build";
    public static BuildId Of(int value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);
}

[JsonConverter(typeof(StreamIdJsonConverter<BuildTaskId, int>))]
public readonly record struct BuildTaskId(int Value) : IStreamId<BuildTaskId, int>
{
    public static string Alias => "build_task";
    public static BuildTaskId Of(int value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);
}
