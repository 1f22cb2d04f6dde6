using EventSourced.Domain;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Packages;

/// <summary>
/// The files of sign tasks that no other read model refers to: what is to be signed, until the task has ended, for signed files take its place in the build
/// meanwhile; and the log.
/// </summary>
public sealed partial class SignFilesProjection : EventProjection
{
    internal const string Schema = """
        create table if not exists es.sign_files (
            task_id int not null, sha256 text not null, is_log boolean not null, constraint pkey_sign_files_task_id_sha256_is_log primary key (task_id, sha256, is_log));
        create index if not exists sign_files_idx_sha256 on es.sign_files (sha256);
        """;

    private const string Insert = """
        insert into es.sign_files (task_id, sha256, is_log) select distinct ?, f.sha256, ? from unnest(?::text[]) f (sha256) order by f.sha256
        on conflict (task_id, sha256, is_log) do nothing
        """;

    private const string Remove = "delete from es.sign_files where task_id = ? and not is_log";

    public SignFilesProjection() => Options.DeleteDataInTableOnTeardown("es.sign_files");

    public static void Project(SignTaskAssigned e, IDocumentOperations operations)
    {
        Release(e, operations);
        Keep(e, e.Packages.Select(p => p.Sha256), isLog: false, operations);
    }

    public static void Project(SignTaskReported e, IDocumentOperations operations) => Keep(e, [e.Report.LogSha256], isLog: true, operations);

    public static void Project(SignTaskCompleted e, IDocumentOperations operations) => Release(e, operations);

    public static void Project(SignTaskFailed e, IDocumentOperations operations)
    {
        Release(e, operations);
        Keep(e, [e.Report?.LogSha256], isLog: true, operations);
    }

    private static void Keep(ISignTaskEvent e, IEnumerable<string?> digests, bool isLog, IDocumentOperations operations)
    {
        string[] known = [.. digests.OfType<string>()];
        if (known is not [])
            operations.QueueSqlCommand(Insert, e.SignTaskId.Value, isLog, known);
    }

    private static void Release(ISignTaskEvent e, IDocumentOperations operations) => operations.QueueSqlCommand(Remove, e.SignTaskId.Value);
}
