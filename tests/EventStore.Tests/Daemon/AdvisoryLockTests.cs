using EventSourced.EventStore.Daemon;

namespace EventSourced.EventStore.Tests.Daemon;

public sealed class AdvisoryLockTests
{
    [Theory]
    [InlineData("public", "NoteTotals:All", 1009815733)]
    [InlineData("app", "Regions:V3:All", 654196134)]
    public void Lock_ids_are_the_ones_Marten_computes(string schema, string shard, long expected) =>
        Assert.Equal(expected, AdvisoryLock.KeyOf(shard, schema));

    [Theory]
    [InlineData(1u, "NoteTotals:All")]
    [InlineData(3u, "NoteTotals:V3:All")]
    public void Progression_rows_are_named_as_Marten_names_them(uint version, string expected) =>
        Assert.Equal(expected, ProgressionRows.Shard("NoteTotals", version));
}
