namespace EventSourced.Workers.Tests.Crash;

/// <summary>Each query lists what breaks its rule.</summary>
internal static class LedgerRules
{
    /// <summary>What somebody else, or a later attempt, had to finish.</summary>
    public const string TakenUp = """
        select format('%s build tasks, %s sign tasks (%s of rpms), %s releases that had been decided and %s that had not',
            count(*) filter (where type = 'build_task_requeued'), count(*) filter (where type = 'sign_task_requeued'),
            count(*) filter (where type = 'sign_task_requeued' and exists (
                select from mt_events a where a.stream_id = e.stream_id and a.type = 'sign_task_assigned' and a.data -> 'Packages' -> 0 ->> 'Type' = 'Rpm')),
            count(*) filter (where type = 'release_resumed'), count(*) filter (where type = 'release_failed')) from mt_events e
        """;

    public static IReadOnlyList<(string Rule, string Sql)> Once { get; } =
    [
        ("the versions of a stream count from 1 without gap or repeat",
            "select stream_id from mt_events group by stream_id having min(version) <> 1 or max(version) <> count(*) or count(distinct version) <> count(*)"),
        ("a command appends once to a stream",
            "select headers ->> 'message_id', stream_id, type from mt_events where type <> 'user_role_granted' group by 1, 2, 3 having count(*) > 1"),
        ("a reaction to an event happens once",
            "select causation_id, stream_id, type from mt_events where causation_id is not null and type <> 'user_role_granted' group by 1, 2, 3 having count(*) > 1"),
        ("what follows from an event is sent once",
            "select causation_id, type, key from crash.sent where causation_id is not null group by 1, 2, 3 having count(*) > 1"),
        ("a message is ended once",
            """
            select coalesce(s.message_id, e.message_id) from (select message_id, count(*) n from crash.sent group by 1) s
            full join (select message_id, count(*) n from crash.ended group by 1) e using (message_id) where s.n is distinct from 1 or e.n is distinct from 1
            """),
        ("what a message did, and its end, are one transaction",
            "select x.message_id from crash.ended x join mt_events e on e.headers ->> 'message_id' = x.message_id::text where e.xmin <> x.xmin"),
        ("what is sent, is sent in the transaction of an event or of a message's end",
            """
            select s.message_id from crash.sent s where not exists (select from mt_events e where e.xmin = s.xmin) and not exists (select from crash.ended x where x.xmin = s.xmin)
            """),
        ("a command, and what its Idempotency-Key stands for, are one transaction",
            """
            select e.stream_id from mt_events e left join es.idempotency i on i.key = e.data ->> 'Name'
            where e.type = 'node_registered' and e.data ->> 'Name' like 'volley-%' and i.xmin is distinct from e.xmin
            """),
        ("a task is queued, reported and successful once",
            """
            select stream_id from mt_events where stream_id like 'build_task-%' group by 1
            having count(*) filter (where type = 'build_task_queued') <> 1 or count(*) filter (where type = 'build_task_reported') <> 1
                or count(*) filter (where type = 'build_task_succeeded') <> 1
            """),
        ("an attempt is assigned once", "select stream_id, data ->> 'Attempt' from mt_events where type = 'build_task_assigned' group by 1, 2 having count(*) > 1"),
        ("a build ends once, after each of its tasks once",
            """
            select b.stream_id from mt_events b where b.type = 'build_requested' and (
                (select count(*) from mt_events f where f.stream_id = b.stream_id and f.type = 'build_finished') <> 1
                or (select array[count(*), count(distinct o.data ->> 'BuildTaskId')] from mt_events o where o.stream_id = b.stream_id and o.type = 'build_task_outcome_recorded')
                    <> (select array[n, n] from (select jsonb_array_length(b.data -> 'Tasks')::bigint n) tasks))
            """),
        ("a package is added to its repository once, and once more when it was signed",
            """
            select stream_id, p ->> 'Path', p ->> 'Sha256' from mt_events, jsonb_array_elements(data -> 'Packages') p
            where type = 'repository_packages_added' group by 1, 2, 3 having count(*) > 1
            """),
        ("revisions of a repository count from 1",
            """
            select stream_id from mt_events where type = 'repository_packages_added'
            group by 1 having array_agg((data ->> 'Revision')::int order by version) <> array_agg(distinct (data ->> 'Revision')::int) or max((data ->> 'Revision')::int) <> count(*)
            """),
        ("a sign task is asked for, reported and completed once",
            """
            select stream_id from mt_events where stream_id like 'sign_task-%' group by 1
            having count(*) filter (where type = 'sign_task_requested') <> 1 or count(*) filter (where type = 'sign_task_reported') <> 1
                or count(*) filter (where type = 'sign_task_completed') <> 1
            """),
        ("a finished build is signed once, and so is each of its tasks",
            """
            with asked as materialized (select data ->> 'BuildId' build, count(*) n from mt_events where type = 'sign_task_requested' group by 1),
            signed as materialized (select stream_id, count(*) n from mt_events where type in ('build_signed', 'build_artifacts_signed') group by 1),
            tasks as materialized (select stream_id, data ->> 'BuildId' build from mt_events where type = 'build_task_queued')
            select f.stream_id from mt_events f left join asked a on a.build = f.data ->> 'BuildId' left join signed s on s.stream_id = f.stream_id
            where f.type = 'build_finished' and (a.n is distinct from 1 or s.n is distinct from 1
                or f.data ->> 'BuildId' in (select t.build from tasks t left join signed s on s.stream_id = t.stream_id where s.n is distinct from 1))
            """),
        ("an attempt of a release is decided or fails, once, and what is decided is completed once",
            """
            select b.stream_id, b.data ->> 'Attempt' from mt_events b
            join mt_events e on e.stream_id = b.stream_id and e.data ->> 'Attempt' = b.data ->> 'Attempt' where b.type = 'release_commit_begun' group by 1, 2
            having count(*) filter (where e.type in ('release_decided', 'release_failed')) <> 1
                or count(*) filter (where e.type = 'release_decided') <> count(*) filter (where e.type = 'release_completed')
            """),
        ("all repositories of a decided release take it once, and none of one that failed",
            """
            select b.stream_id, b.data ->> 'Attempt', t ->> 'RepositoryId' from mt_events b, jsonb_array_elements(b.data -> 'Targets') t
            where b.type = 'release_commit_begun' and (
                select count(*) from mt_events r where r.stream_id = 'repository-' || (t ->> 'RepositoryId') and r.type = 'release_packages_taken'
                    and r.data ->> 'ReleaseId' = b.data ->> 'ReleaseId' and r.data ->> 'Attempt' = b.data ->> 'Attempt') <> (
                select count(*) from mt_events d where d.stream_id = b.stream_id and d.type = 'release_decided' and d.data ->> 'Attempt' = b.data ->> 'Attempt')
            """),
        ("the published versions of a repository ascend, each once",
            """
            select stream_id from mt_events where type = 'repository_version_published' group by 1
            having array_agg((data ->> 'Version')::int order by version) <> array_agg(distinct (data ->> 'Version')::int)
            """),
        ("all repositories are signed with one key",
            """
            select string_agg(distinct data ->> 'SignedBy', ' ') from mt_events where type = 'repository_version_published'
            having count(distinct data ->> 'SignedBy') <> 1
            """),
    ];

    public static IReadOnlyList<(string Rule, string Sql)> Complete { get; } =
    [
        ("a stream's row has the version of its last event",
            """
            select coalesce(s.id, e.stream_id) from mt_streams s
            full join (select stream_id, max(version) as version from mt_events group by 1) e on e.stream_id = s.id where s.version is distinct from e.version
            """),
        ("what is added to a repository is published",
            """
            select stream_id from mt_events where type in ('repository_version_published', 'repository_packages_added') group by 1
            having max((data ->> 'Version')::int) is distinct from max((data ->> 'Revision')::int)
            """),
        ("no task fails", "select stream_id, data ->> 'Error' from mt_events where type in ('build_task_failed', 'build_task_excluded', 'sign_task_failed')"),
        ("the queue is empty", "select type, coalesce(last_error, '') from es.queue"),
        ("no message dies", "select type, error from es.dead_letters"),
        ("no document is parked", "select shard, document_id from es.parked"),
    ];

    public static IReadOnlyList<(string Rule, string Sql)> NotSkipped { get; } =
    [
        ("no event turned up below the mark",
            """
            select seq_id from es.late_events
            union all select e.seq_id from mt_high_water_skips s join mt_events e on e.seq_id > s.starting_sequence and e.seq_id < s.ending_sequence
            """),
        ("the projection of all events has each of them, and no other",
            """
            select coalesce(e.seq_id, i.seq_id) from mt_events e full join es.event_index i on i.seq_id = e.seq_id and i.event_id = e.id
            where e.seq_id is null or i.seq_id is null
            """),
    ];
}
