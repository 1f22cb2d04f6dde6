namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>Files of a task have been signed and verified: the signed ones take their place.</summary>
public sealed record RecordArtifactSignatures(BuildTaskId BuildTaskId, SignTaskId SignTaskId, SignKeyId SignKeyId, IReadOnlyList<ArtifactSignature> Signatures);

/// <summary>A signed file.</summary>
/// <param name="Name">File name.</param>
/// <param name="Replaces">Hrefs of what was signed; a file that is none of these came later and stays as it is.</param>
/// <param name="Href">The signed bytes.</param>
/// <param name="Sha256">Their digest; null when hrefs are believed without a store of ours.</param>
/// <param name="SizeBytes">Their size; null likewise.</param>
/// <param name="CasHash">Their notarization; null leaves the old one.</param>
/// <param name="Artifacts">Ids of what was signed: an unsigned file of one of these was handed to its task before an earlier sign task signed the original.</param>
public sealed record ArtifactSignature(
    string Name, IReadOnlyList<string> Replaces, string Href, string? Sha256, long? SizeBytes, string? CasHash, IReadOnlyList<int>? Artifacts = null)
{
    internal bool IsOf(BuildArtifact artifact) => Replaces.Contains(artifact.Href) || (artifact.SignKeyId is null && Artifacts?.Contains(artifact.Id) is true);
}

public static class RecordArtifactSignaturesHandler
{
    public static IReadOnlyList<IBuildTaskEvent> Handle(RecordArtifactSignatures command, BuildTask? task)
    {
        if (task is null)
            throw new RuleViolationException(BuildTaskErrors.Unknown, $"There is no {command.BuildTaskId.StreamKey}.");

        var signed = task.Artifacts
            .Join(command.Signatures, a => a.Name, s => s.Name, (artifact, signature) => (artifact, signature))
            .Where(p => p.signature.IsOf(p.artifact) && (p.artifact.Href != p.signature.Href || p.artifact.SignKeyId != command.SignKeyId))
            .Select(p => Signed(p.artifact, p.signature, command.SignKeyId)).ToList();

        return signed is [] ? [] : [new BuildArtifactsSigned(task.BuildTaskId, task.BuildId, command.SignTaskId, signed)];
    }

    private static BuildArtifact Signed(BuildArtifact artifact, ArtifactSignature signature, SignKeyId key) => artifact with
    {
        Href = signature.Href,
        Sha256 = signature.Sha256,
        SizeBytes = signature.SizeBytes,
        CasHash = signature.CasHash ?? artifact.CasHash,
        Meta = artifact.Meta is { } meta ? meta with { Sha256 = signature.Sha256 ?? meta.Sha256 } : null,
        SignKeyId = key,
    };
}
