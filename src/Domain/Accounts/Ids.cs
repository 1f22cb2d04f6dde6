using System.Text.Json.Serialization;

namespace EventSourced.Domain.Accounts;

[JsonConverter(typeof(StreamIdJsonConverter<UserId, int>))]
public readonly record struct UserId(int Value) : IStreamId<UserId, int>
{
    public static string Alias => "user";
    public static UserId Of(int value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);
}

[JsonConverter(typeof(StreamIdJsonConverter<ApiKeyId, Guid>))]
public readonly record struct ApiKeyId(Guid Value) : IStreamId<ApiKeyId, Guid>
{
    public static string Alias => "api_key";
    public static ApiKeyId Of(Guid value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);
}
