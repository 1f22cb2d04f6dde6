namespace EventSourced.Domain.Packages.Signing;

/// <summary>Effect: verify every signature with the real tools, and that nothing but signatures was added, and report with <see cref="RecordSignatures"/>.</summary>
/// <param name="SignTaskId">The task.</param>
/// <param name="SignKeyId">The key they have to be made with.</param>
/// <param name="Fingerprint">Its fingerprint when the task was asked for.</param>
/// <param name="Unsigned">What was handed out.</param>
/// <param name="Signed">What came back.</param>
public sealed record VerifySignatures(
    SignTaskId SignTaskId, SignKeyId SignKeyId, string Fingerprint, IReadOnlyList<SignPackage> Unsigned, IReadOnlyList<SignedPackage> Signed);
