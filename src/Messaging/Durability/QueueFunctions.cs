namespace EventSourced.Messaging.Durability;

/// <summary>
/// The queue's hot statements as functions with planner settings of their own. The queue is empty one moment and long the next: a plan cached for the empty table would
/// scan the long one, and planning anew costs more than the work.
/// </summary>
internal static class QueueFunctions
{
    public const string Name = "messaging-functions";

    private const string Settings =
        "set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off";

    // Rows that are the oldest of their key get a lease; others are parked behind that oldest row, as long as it can be locked: who ends it holds it, and unparks
    // in a statement after the delete. Key share conflicts with that delete only.
    public const string Sql = $"""
        drop function if exists es.queue_claim(int, int, uuid, interval);
        create function es.queue_claim(look_ahead int, batch int, token uuid, lease interval)
        returns table (o_candidates bigint, o_parked bigint, o_next_due interval, o_id bigint, o_message_id uuid, o_key text, o_type text, o_body text, o_headers text,
            o_attempts int, o_lease_expired boolean, o_deaths int)
        language plpgsql {Settings} as $$
        begin
            return query
            with c as materialized (select id, key from es.queue where due <= now() order by due, id limit look_ahead),
            h as materialized (select c.*, (select p.id from es.queue p where p.key = c.key and p.id < c.id order by p.id limit 1) head from c),
            run as materialized (select q.id, q.lease_token from es.queue q
                where q.id = any(array(select h.id from h where head is null)) and q.due <= now() order by q.id limit batch for no key update skip locked),
            lk as materialized (select p.id from es.queue p
                where p.id = any(array(select distinct head from h where head is not null)) order by p.id for key share skip locked),
            park as materialized (select q.id from es.queue q
                where q.id = any(array(select h.id from h where head = any(array(select id from lk)))) and q.due <= now()
                order by q.id for no key update skip locked),
            u as (update es.queue q
                set due = case when f.lead then now() + lease else 'infinity' end,
                    lease_token = case when f.lead then token end,
                    attempts = attempts + (f.lead and not f.expired)::int
                from (select id, true lead, run.lease_token is not null expired from run union all select id, false, false from park) f
                where q.id = f.id
                returning q.*, f.lead, f.expired)
            select (select count(*) from c), (select count(*) from park),
                (select n.due - now() from es.queue n where n.due > now() and n.due < 'infinity' order by n.due limit 1),
                u.id, u.message_id, u.key, u.type, u.body::text, u.headers::text, u.attempts, u.expired, u.deaths
            from (select 1) one left join u on u.lead
            order by u.id;
        end $$;

        create or replace function es.queue_handled(ids bigint[], tokens uuid[], keys text[], remembered uuid[]) returns void language plpgsql {Settings} as $$
        declare
            ended bigint;
        begin
            delete from es.queue q using unnest(ids, tokens) m(id, token) where q.id = m.id and q.lease_token = m.token;
            get diagnostics ended = row_count;
            if ended <> cardinality(ids) then
                perform es.lease_lost();
            end if;

            perform es.queue_unpark(ids, keys);
            if cardinality(remembered) > 0 then
                update es.message_ids set handled = now() where message_id = any(remembered);
            end if;
        end $$;

        -- In a statement of its own after the delete, so that it sees who was parked meanwhile; due = sent keeps the age.
        create or replace function es.queue_unpark(ids bigint[], keys text[]) returns void language plpgsql {Settings} as $$
        begin
            update es.queue set due = sent
            where due = 'infinity' and id = any(array(
                select (select n.id from es.queue n where n.key = m.key and n.id > m.id order by n.id limit 1) from unnest(ids, keys) m(id, key) where m.key is not null));
        end $$;
        """;
}
