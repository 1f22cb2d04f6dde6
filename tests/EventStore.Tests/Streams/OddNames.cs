#pragma warning disable CA1034, CA1052, IDE1006 // the names under test are what they are
namespace EventSourced.EventStore.Tests.Streams.Names;

public sealed record HTTPRequestReceived;

public sealed record IOError;

public sealed record ABTest;

public sealed record OrderV2Placed;

public sealed record Invoice2025Created;

public sealed record X1;

public sealed record lowercaseEvent;

public sealed record Under_Score;

public sealed record AccountByKey;

public sealed record GenericEvent<T>;

public sealed record PairEvent<TFirst, TSecond>;

public static class Outer
{
    public sealed record NestedEvent;
}

public static class Other
{
    public sealed record NestedEvent;
}
