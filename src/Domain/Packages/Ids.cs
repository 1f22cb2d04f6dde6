using System.Text.Json.Serialization;

namespace EventSourced.Domain.Packages;

[JsonConverter(typeof(StreamIdJsonConverter<PlatformId, int>))]
public readonly record struct PlatformId(int Value) : IStreamId<PlatformId, int>
{
    public static string Alias => "platform";
    public static PlatformId Of(int value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);
}

[JsonConverter(typeof(StreamIdJsonConverter<RepositoryId, int>))]
public readonly record struct RepositoryId(int Value) : IStreamId<RepositoryId, int>
{
    public static string Alias => "repository";
    public static RepositoryId Of(int value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);
}

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

/// <summary>A registered node. Its stream key is also its principal key.</summary>
[JsonConverter(typeof(StreamIdJsonConverter<NodeId, int>))]
public readonly record struct NodeId(int Value) : IStreamId<NodeId, int>
{
    public static string Alias => "node";
    public static NodeId Of(int value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);

    /// <summary>Whether a principal is a registered node.</summary>
    public static bool Owns(string principalKey) => StreamIds.Parse<NodeId, int>(principalKey) is not null;
}

[JsonConverter(typeof(StreamIdJsonConverter<ReleaseId, int>))]
public readonly record struct ReleaseId(int Value) : IStreamId<ReleaseId, int>
{
    public static string Alias => "release";
    public static ReleaseId Of(int value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);
}

[JsonConverter(typeof(StreamIdJsonConverter<SignKeyId, int>))]
public readonly record struct SignKeyId(int Value) : IStreamId<SignKeyId, int>
{
    public static string Alias => "sign_key";
    public static SignKeyId Of(int value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);
}

[JsonConverter(typeof(StreamIdJsonConverter<SignTaskId, int>))]
public readonly record struct SignTaskId(int Value) : IStreamId<SignTaskId, int>
{
    public static string Alias => "sign_task";
    public static SignTaskId Of(int value) => new(value);
    public string StreamKey => StreamIds.KeyOf(this);
}
