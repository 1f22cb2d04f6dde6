using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Domain.Packages.Signing;

public static class SignTaskReactions
{
    public static IEnumerable<object> When(SignTaskReported e, SignTask task) =>
        [new VerifySignatures(e.SignTaskId, task.SignKeyId, task.Fingerprint, task.Packages, e.Report.Packages)];

    public static IEnumerable<object> When(SignTaskCompleted e, SignTask task) =>
    [
        .. SignaturesOf(e, task).GroupBy(s => s.BuildTask, s => s.Signature)
            .Select(s => new RecordArtifactSignatures(s.Key, e.SignTaskId, task.SignKeyId, [.. s])),
        new RecordBuildSigned(e.BuildId, e.SignTaskId, task.BuildTasks),
    ];

    /// <summary>One a file name and build task: where several arches sent the same package, the last one is everybody's.</summary>
    private static IEnumerable<(BuildTaskId BuildTask, ArtifactSignature Signature)> SignaturesOf(SignTaskCompleted e, SignTask task) =>
        task.Packages.Join(e.Packages, p => p.Id, s => s.Id, (package, signed) => (package, signed))
            .SelectMany(p => p.package.BuildTasks, (p, buildTask) => (p.package, p.signed, buildTask))
            .GroupBy(p => (p.buildTask, p.package.Name))
            .Select(same => (same.Key.buildTask, SignatureOf(same.Last().signed, [.. same.Select(p => p.package)])));

    private static ArtifactSignature SignatureOf(SignedPackage signed, IReadOnlyList<SignPackage> packages) => new(
        signed.Name, [.. packages.Select(p => p.Href).Distinct()], signed.Href ?? "", // what has no href was refused
        signed.Sha256, signed.SizeBytes, signed.CasHash, [.. packages.SelectMany(p => p.SameName ?? [p.Id]).Distinct()]);
}
