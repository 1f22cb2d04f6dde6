namespace EventSourced.EventStore.Schema;

/// <summary>What the store itself needs in schema <c>es</c>, applied before the scripts of <see cref="SchemaOptions.Script"/>.</summary>
internal static class StoreScripts
{
    /// <summary>
    /// Raised by a statement whose batch must not commit. The key travels as the error's hint: Npgsql hides details by default. One reason to be plpgsql is that
    /// such a call is never folded into a constant.
    /// </summary>
    private const string Conflict = """
        create or replace function es.conflict() returns bigint language plpgsql volatile as $function$
        begin
            raise exception 'Another writer was faster' using errcode = 'ES001';
        end $function$;

        create or replace function es.conflict(stream_key text) returns bigint language plpgsql volatile as $function$
        begin
            raise exception 'Another writer was faster' using errcode = 'ES001', hint = coalesce(stream_key, '');
        end $function$;
        """;

    public static IReadOnlyList<(string Name, string Sql)> All => [("store.conflict", Conflict), ("store.daemon", DaemonTables.Sql)];
}
