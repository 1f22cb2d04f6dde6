using System.Text.Json.Serialization;

namespace EventSourced.Domain.Audit;

[JsonConverter(typeof(StreamIdJsonConverter<DeadLetterId, long>))]
public readonly record struct DeadLetterId(long Value) : IStreamId<DeadLetterId, long>
{
    public static string Alias => "dead_letter";
    public static DeadLetterId Of(long value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);
}
