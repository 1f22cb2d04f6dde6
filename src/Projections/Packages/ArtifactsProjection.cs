using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Projections.Packages;

/// <summary>One row a reported file: found by build and name, by digest, and by what a package says about itself.</summary>
public sealed partial class ArtifactsProjection : EventProjection
{
    internal const string Schema = """
        create table if not exists es.artifacts (
            artifact_id int not null, build_id int not null, task_id int not null, name text not null, type text not null, href text not null, sha256 text,
            size_bytes bigint, package text, epoch text, version text, release text, arch text,
            constraint pkey_artifacts_artifact_id primary key (artifact_id));
        create index if not exists artifacts_idx_build_id_name on es.artifacts (build_id, name);
        create index if not exists artifacts_idx_sha256 on es.artifacts (sha256);
        create index if not exists artifacts_idx_href on es.artifacts (href) where sha256 is null;
        create index if not exists artifacts_idx_package on es.artifacts (package, version) where package is not null;
        create index if not exists artifacts_idx_task_id on es.artifacts (task_id);
        """;

    // What a task has from another is as it was handed over; the row of the other may say meanwhile where the signed one is.
    private const string OfTheTask = " where es.artifacts.task_id = excluded.task_id";

    private const string Upsert = """
        insert into es.artifacts (artifact_id, build_id, task_id, name, type, href, sha256, size_bytes, package, epoch, version, release, arch)
        select a.id, ?, ?, a.name, a.type, a.href, a.sha256, a.size, a.package, a.epoch, a.version, a.release, a.arch
        from unnest(?::int[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
            a (id, name, type, href, sha256, size, package, epoch, version, release, arch) order by a.id
        on conflict (artifact_id) do update set href = excluded.href, sha256 = excluded.sha256, size_bytes = excluded.size_bytes, package = excluded.package,
            epoch = excluded.epoch, version = excluded.version, release = excluded.release, arch = excluded.arch
        """;

    public ArtifactsProjection() => Options.DeleteDataInTableOnTeardown("es.artifacts");

    public static void Project(BuildTaskReported e, IDocumentOperations operations) => Store(e, e.Report.Artifacts, operations);

    public static void Project(BuildTaskSucceeded e, IDocumentOperations operations) => Store(e, e.Artifacts, operations, OfTheTask);

    public static void Project(BuildArtifactsSigned e, IDocumentOperations operations) => Store(e, e.Artifacts, operations);

    public static void Project(NoarchPackagesTaken e, IDocumentOperations operations) => Store(e, e.Artifacts, operations, OfTheTask);

    public static void Project(BuildTaskFailed e, IDocumentOperations operations) => Store(e, e.Report?.Artifacts ?? [], operations);

    public static void Project(BuildTaskExcluded e, IDocumentOperations operations) => Store(e, e.Report.Artifacts, operations);

    private static void Store(IBuildTaskEvent e, IReadOnlyList<BuildArtifact> artifacts, IDocumentOperations operations, string which = "")
    {
        if (artifacts is [])
            return;

        T[] Column<T>(Func<BuildArtifact, T> value) => [.. artifacts.Select(value)];

        operations.QueueSqlCommand(
            Upsert + which, e.BuildId.Value, e.BuildTaskId.Value, Column(a => a.Id), Column(a => a.Name), Column(a => a.Type.ToString()), Column(a => a.Href),
            Column(a => a.Sha256), Column(a => a.SizeBytes), Column(a => a.Meta?.Name), Column(a => a.Meta?.Epoch), Column(a => a.Meta?.Version),
            Column(a => a.Meta?.Release), Column(a => a.Meta?.Arch));
    }
}

/// <summary>A file a task reported.</summary>
public sealed record ArtifactFile(int ArtifactId, int BuildTaskId, string Name, ArtifactType Type, string Href, string? Sha256, long? SizeBytes);

public static class ArtifactQueries
{
    private const string Select = """
        select jsonb_build_object('ArtifactId', artifact_id, 'BuildTaskId', task_id, 'Name', name, 'Type', type, 'Href', href, 'Sha256', sha256,
            'SizeBytes', size_bytes) from es.artifacts
        """;

    // What was refused has neither size nor meaning.
    private const string Namesakes = """
        select jsonb_build_object('ArtifactId', a.artifact_id, 'BuildTaskId', a.task_id, 'Name', a.name, 'Type', a.type, 'Href', a.href, 'Sha256', a.sha256, 'SizeBytes', a.size_bytes)
        from unnest(?::text[], ?::text[]) f (name, bytes) join mt_doc_buildtaskdetails own on own.id = ?
        join es.artifacts a on a.build_id = ? and a.name = f.name and coalesce(a.sha256, a.href) <> f.bytes and (a.size_bytes is not null or a.package is not null)
        join mt_doc_buildtaskdetails t on t.id = 'build_task-' || a.task_id and t.data ->> 'Index' <> own.data ->> 'Index'
            and t.data -> 'Platform' ->> 'PlatformId' = own.data -> 'Platform' ->> 'PlatformId'
        order by a.artifact_id
        """;

    internal const string IdAlias = "artifact";

    /// <summary>Ids for artifacts, which have no stream of their own.</summary>
    public static Task<IReadOnlyList<int>> NextArtifactIdsAsync(this IQuerySession session, int count, CancellationToken token) =>
        session.NextNumbersAsync(IdAlias, count, token);

    /// <summary>The logs of a build, by name; one name may occur in several tasks.</summary>
    public static Task<IReadOnlyList<ArtifactFile>> BuildLogsAsync(this IQuerySession session, BuildId build, CancellationToken token) =>
        session.QueryAsync<ArtifactFile>($"{Select} where build_id = ? and type = 'BuildLog' order by name, artifact_id", token, build.Value);

    /// <summary>A build's log of this name, the last one reported; null when there is none.</summary>
    public static async Task<ArtifactFile?> BuildLogAsync(this IQuerySession session, BuildId build, string name, CancellationToken token) =>
        await session.QueryAsync<ArtifactFile>(
            $"{Select} where build_id = ? and name = ? and type = 'BuildLog' order by artifact_id desc limit 1", token, build.Value, name) is [var log] ? log : null;

    /// <summary>A reported text that names packages of a Debian build; null when this is none.</summary>
    public static async Task<ArtifactFile?> SignedTextAsync(this IQuerySession session, int artifact, string name, CancellationToken token) =>
        await session.QueryAsync<ArtifactFile>(
            $"{Select} where artifact_id = ? and name = ? and type = 'Deb' and (name like '%.changes' or name like '%.buildinfo')", token, artifact, name) is [var file] ? file : null;

    /// <summary>Files that another package of the build delivered for the platform under the name of one of these, with other bytes.</summary>
    public static Task<IReadOnlyList<ArtifactFile>> NamesakesAsync(
        this IQuerySession session, BuildTaskDetails task, IReadOnlyCollection<BuildArtifact> files, CancellationToken token) =>
        session.QueryAsync<ArtifactFile>(Namesakes, token, files.Select(f => f.Name).ToArray(), files.Select(f => f.Sha256 ?? f.Href).ToArray(), task.Id, task.BuildId);

    /// <summary>Whether any reported file has this digest.</summary>
    public static async Task<bool> IsReportedAsync(this IQuerySession session, string sha256, CancellationToken token) =>
        (await session.QueryAsync<bool>("select exists (select from es.artifacts where sha256 = ?)", token, sha256))[0];
}
