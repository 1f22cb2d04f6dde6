namespace EventSourced.EventStore.Daemon;

/// <summary>The ids Marten's daemon computes for its advisory locks (marten-schema 16), so that a shard never runs here and there together.</summary>
internal static class AdvisoryLock
{
    private const long Base = 4444;

    public static long KeyOf(string shardIdentity, string schema = "public") => Base + Math.Abs((long)Hash($"{schema}:{shardIdentity}"));

    private static int Hash(string text)
    {
        unchecked
        {
            var even = (5381 << 16) + 5381;
            var odd = even;
            for (var i = 0; i < text.Length; i++)
            {
                if (i % 2 == 0)
                    even = ((even << 5) + even) ^ text[i];
                else
                    odd = ((odd << 5) + odd) ^ text[i];
            }

            return even + (odd * 1566083941);
        }
    }
}
