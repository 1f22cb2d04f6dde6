namespace EventSourced.Messaging.Durability;

/// <summary>What moves dead letters, as functions: whoever records who moved them calls one in its own transaction. Each answers with the letters that it took away.</summary>
internal static class DeadLetterFunctions
{
    public const string Name = "messaging-dead-letters";

    private const string Letters = "returns table (id bigint, message_id uuid, type text, key text)";

    // The id of a replayed message is kept from here on, so that a copy that arrives again from outside is dropped.
    public const string Sql = $$"""
        create or replace function es.dead_letters_replay(ids bigint[]) {{Letters}} language sql as $$
            with d as (delete from es.dead_letters l where l.id = any(ids) returning l.*),
            seen as (insert into es.message_ids (message_id) select d.message_id from d on conflict (message_id) do update set handled = null),
            back as (
                insert into es.queue (message_id, key, type, body, headers, sent, due)
                select d.message_id, d.key, d.type, d.body, d.headers || '{"remember": true}', now(), now() from d order by d.id)
            select d.id, d.message_id, d.type, d.key from d
        $$;

        create or replace function es.dead_letters_discard(ids bigint[]) {{Letters}} language sql as $$
            with d as (delete from es.dead_letters l where l.id = any(ids) returning l.*),
            seen as (update es.message_ids m set handled = now() where m.message_id in (select d.message_id from d))
            select d.id, d.message_id, d.type, d.key from d
        $$;
        """;
}
