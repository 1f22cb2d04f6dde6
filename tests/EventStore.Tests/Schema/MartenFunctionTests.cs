using Npgsql;

namespace EventSourced.EventStore.Tests.Schema;

/// <summary>The contract of Marten's functions (marten-schema 6), for clients that call them.</summary>
public sealed class MartenFunctionTests(BankDatabase database) : IClassFixture<BankDatabase>
{
    [Fact]
    public async Task Quick_append_returns_the_version_and_each_number()
    {
        var first = await AppendAsync("f1", 2, null);
        var second = await AppendAsync("f1", 1, 2);
        var none = await AppendAsync("f1", 0, null);
        Assert.Equal((2L, 3, 3L, 2), (first[0], first.Length, second[0], second.Length));
        Assert.True(first[1] < first[2] && first[2] < second[1]);
        Assert.Equal([3L], none.AsEnumerable());
    }

    [Fact]
    public async Task Quick_append_refuses_a_wrong_version_before_it_draws_a_number()
    {
        await AppendAsync("f2", 1, 0);
        var next = await database.ScalarAsync<long>("select last_value from mt_events_sequence");
        Assert.Equal("MT003", (await Assert.ThrowsAsync<PostgresException>(() => AppendAsync("f2", 1, 0))).SqlState);
        Assert.Equal("MT003", (await Assert.ThrowsAsync<PostgresException>(() => AppendAsync("f2-missing", 1, 4))).SqlState);
        Assert.Equal(next, await database.ScalarAsync<long>("select last_value from mt_events_sequence"));
    }

    [Fact]
    public async Task Quick_append_refuses_archived_streams_and_other_tenants()
    {
        await AppendAsync("f3", 2, null);
        Assert.Equal("P0001", (await Assert.ThrowsAsync<PostgresException>(() => AppendAsync("f3", 1, null, "other"))).SqlState);
        await database.ExecuteAsync("select mt_archive_stream('f3')");
        Assert.Equal("MT001", (await Assert.ThrowsAsync<PostgresException>(() => AppendAsync("f3", 1, null))).SqlState);
        Assert.Equal(2L, await database.ScalarAsync<long>("select count(*) from mt_events where stream_id = 'f3' and is_archived"));
    }

    [Fact]
    public async Task Progress_is_set_whatever_it_was()
    {
        await database.ExecuteAsync("select mt_mark_event_progression('X:All', 5); select mt_mark_event_progression('X:All', 3)");
        Assert.Equal(3L, await database.ScalarAsync<long>("select last_seq_id from mt_event_progression where name = 'X:All'"));
    }

    [Fact]
    public async Task A_skip_moves_only_from_where_it_starts()
    {
        Assert.Equal(10L, await database.ScalarAsync<long>("select mt_mark_progression_with_skip('S', 10, 4)"));
        Assert.Equal(10L, await database.ScalarAsync<long>("select mt_mark_progression_with_skip('S', 20, 9)"));
        Assert.Equal(20L, await database.ScalarAsync<long>("select mt_mark_progression_with_skip('S', 20, 10)"));
        Assert.Equal(20L, await database.ScalarAsync<long>("select mt_mark_progression_with_skip('S', 20, 10)"));
        Assert.Equal("4-10 10-20", await database.ScalarAsync<string>(
            "select string_agg(starting_sequence || '-' || ending_sequence, ' ' order by ending_sequence) from mt_high_water_skips"));
    }

    private async Task<long[]> AppendAsync(string stream, int events, long? expected, string tenant = "*DEFAULT*") => (await database.ScalarAsync<long[]>(
        """
        select mt_quick_append_events($1::varchar, 'account', $2::varchar, array_agg(gen_random_uuid()), array_agg('x'::varchar), array_agg('X, Y'::varchar),
            array_agg('{}'::jsonb), array_agg(null::bytea), array_agg(null::varchar), array_agg(null::varchar), array_agg('null'::jsonb), array_agg(null::varchar),
            array_agg(now()), $3::bigint)
        from generate_series(1, $4::int)
        """, stream, tenant, (object?)expected ?? DBNull.Value, events))!;
}
