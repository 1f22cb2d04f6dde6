namespace EventSourced.EventStore.Tests.Schema;

/// <summary>What Marten compares when it opens a database (marten-schema 2 to 6, 13 and 18).</summary>
public sealed class CatalogTests(BankDatabase database) : IClassFixture<BankDatabase>
{
    [Theory]
    [InlineData("mt_streams", "id varchar!, type varchar, version bigint, timestamp timestamptz!, created timestamptz!, tenant_id varchar, is_archived boolean")]
    [InlineData("mt_events",
        "seq_id bigint!, id uuid!, stream_id varchar, version bigint!, data jsonb!, bdata bytea, type varchar(500)!, timestamp timestamptz!, tenant_id varchar, mt_dotnet_type varchar, correlation_id varchar, causation_id varchar, headers jsonb, user_name varchar, is_archived boolean")]
    [InlineData("mt_event_progression", "name varchar!, last_seq_id bigint, last_updated timestamptz")]
    [InlineData("mt_high_water_skips", "ending_sequence bigint!, starting_sequence bigint!, timestamp timestamptz")]
    [InlineData("mt_doc_deadletterevent", "id uuid!, data jsonb!, mt_last_modified timestamptz, mt_version uuid!, mt_dotnet_type varchar")]
    [InlineData("mt_doc_accountview",
        "id varchar!, data jsonb!, mt_last_modified timestamptz, mt_dotnet_type varchar, mt_version bigint!, status varchar, balance numeric")]
    [InlineData("mt_doc_note", "id varchar!, data jsonb!, mt_last_modified timestamptz, mt_version uuid!, mt_dotnet_type varchar")]
    public async Task Columns_have_martens_names_types_and_order(string table, string columns)
    {
        var found = await database.ScalarAsync<string>(
            """
            select string_agg(a.attname || ' ' || replace(replace(format_type(a.atttypid, a.atttypmod), 'character varying', 'varchar'), 'timestamp with time zone', 'timestamptz')
                || case when a.attnotnull then '!' else '' end, ', ' order by a.attnum)
            from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
            """, $"public.{table}");
        Assert.Equal(columns, found);
    }

    [Theory]
    [InlineData("mt_streams", "pkey_mt_streams_id: PRIMARY KEY (id)")]
    [InlineData("mt_events",
        "fkey_mt_events_stream_id: FOREIGN KEY (stream_id) REFERENCES mt_streams(id) ON DELETE CASCADE; pkey_mt_events_seq_id: PRIMARY KEY (seq_id)")]
    [InlineData("mt_event_progression", "pk_mt_event_progression: PRIMARY KEY (name)")]
    [InlineData("mt_high_water_skips", "pkey_mt_high_water_skips_ending_sequence: PRIMARY KEY (ending_sequence)")]
    [InlineData("mt_doc_deadletterevent", "pkey_mt_doc_deadletterevent_id: PRIMARY KEY (id)")]
    [InlineData("mt_doc_accountview", "pkey_mt_doc_accountview_id: PRIMARY KEY (id)")]
    public async Task Constraints_have_martens_names(string table, string constraints) => Assert.Equal(constraints, await database.ScalarAsync<string>(
        "select string_agg(conname || ': ' || pg_get_constraintdef(oid), '; ' order by conname) from pg_constraint where conrelid = $1::regclass", $"public.{table}"));

    [Theory]
    [InlineData("mt_streams", "CREATE UNIQUE INDEX pkey_mt_streams_id ON public.mt_streams USING btree (id)")]
    [InlineData("mt_events",
        "CREATE UNIQUE INDEX pk_mt_events_stream_and_version ON public.mt_events USING btree (stream_id, version); CREATE UNIQUE INDEX pkey_mt_events_seq_id ON public.mt_events USING btree (seq_id)")]
    [InlineData("mt_doc_accountview",
        "CREATE INDEX mt_doc_accountview_idx_balance ON public.mt_doc_accountview USING btree (balance); CREATE INDEX mt_doc_accountview_idx_owner ON public.mt_doc_accountview USING btree (((data ->> 'Owner'::text))); CREATE INDEX mt_doc_accountview_idx_status ON public.mt_doc_accountview USING btree (status); CREATE UNIQUE INDEX pkey_mt_doc_accountview_id ON public.mt_doc_accountview USING btree (id)")]
    public async Task There_are_martens_indexes_and_no_others(string table, string indexes) => Assert.Equal(indexes, await database.ScalarAsync<string>(
        "select string_agg(indexdef, '; ' order by indexname) from pg_indexes where schemaname = 'public' and tablename = $1", table));

    [Theory]
    [InlineData("mt_quick_append_events",
        "stream character varying, stream_type character varying, tenantid character varying, event_ids uuid[], event_types character varying[], dotnet_types character varying[], bodies jsonb[], bdatas bytea[], causation_ids character varying[], correlation_ids character varying[], headers jsonb[], user_names character varying[], timestamps timestamp with time zone[], expected_version bigint DEFAULT NULL::bigint",
        "bigint[]")]
    [InlineData("mt_mark_event_progression", "name character varying, last_encountered bigint", "void")]
    [InlineData("mt_mark_progression_with_skip", "shard_name character varying, ending_sequence bigint, starting_sequence bigint", "bigint")]
    [InlineData("mt_archive_stream", "streamid character varying", "void")]
    public async Task Functions_have_martens_arguments_in_martens_order(string function, string arguments, string returns)
    {
        Assert.Equal($"{arguments} -> {returns}", await database.ScalarAsync<string>(
            "select pg_get_function_arguments(oid) || ' -> ' || pg_get_function_result(oid) from pg_proc where proname = $1", function));
    }

    [Fact]
    public async Task Numbers_come_one_by_one_from_a_sequence_that_the_events_own()
    {
        Assert.Equal("1 1 1 public.mt_events.seq_id", await database.ScalarAsync<string>(
            """
            select s.seqstart || ' ' || s.seqincrement || ' ' || s.seqcache || ' public.' || d.refobjid::regclass || '.' || a.attname
            from pg_sequence s join pg_depend d on d.objid = s.seqrelid and d.deptype = 'a'
            join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid where s.seqrelid = 'public.mt_events_sequence'::regclass
            """));
    }

    [Fact]
    public async Task Nothing_in_martens_schema_is_a_trigger_a_view_or_a_type_of_ours() => Assert.Equal(0L, await database.ScalarAsync<long>(
        """
        select (select count(*) from pg_trigger where not tgisinternal) + (select count(*) from pg_views where schemaname = 'public')
            + (select count(*) from pg_type where typnamespace = 'public'::regnamespace and typtype in ('e', 'd'))
        """));

    [Fact]
    public async Task Applying_again_changes_nothing_and_replaces_no_function()
    {
        await using var own = (BankDatabase)await database.CloneAsync();
        await own.ExecuteAsync("create or replace function public.mt_archive_stream(streamid varchar) returns void language sql as $$ select $$");
        await using var store = own.Store(options => options.Schema.Script("counted", "create table if not exists es.runs (n int); insert into es.runs values (1)"));
        var token = TestContext.Current.CancellationToken;
        var before = await own.ScalarAsync<string>(Everything);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => store.ApplyAllConfiguredChangesToDatabaseAsync(token)));
        Assert.Equal(before, await own.ScalarAsync<string>(Everything));
        Assert.Equal(1L, await own.ScalarAsync<long>("select count(*) from es.runs"));
        Assert.Equal(" select ", await own.ScalarAsync<string>("select prosrc from pg_proc where proname = 'mt_archive_stream'"));
    }

    [Fact]
    public async Task A_later_declared_column_is_added_and_filled()
    {
        await using var own = (BankDatabase)await database.CloneAsync();
        var token = TestContext.Current.CancellationToken;
        await using (var before = own.Store())
        {
            await using var session = before.LightweightSession();
            session.Store(new Note("n1", "text", 4));
            await session.SaveChangesAsync(token);
        }

        await using var store = own.Store(options => options.Schema.For<Note>().Duplicate(n => n.Stars));
        await store.ApplyAllConfiguredChangesToDatabaseAsync(token);
        Assert.Equal(4, await own.ScalarAsync<int>("select stars from mt_doc_note where id = 'n1'"));
        Assert.Equal("mt_doc_note_idx_stars", await own.ScalarAsync<string>("select indexname from pg_indexes where indexname like '%stars'"));
    }

    private const string Everything =
        "select string_agg(c.oid || c.relname || c.relfilenode, ',' order by c.oid) from pg_class c where c.relnamespace = 'public'::regnamespace";
}
