namespace EventSourced.ServiceDefaults.Artifacts;

/// <summary>
/// Bytes by their SHA-256 (64 lower-case hex digits). What was put is never changed; putting the same bytes again is harmless. A text that is no digest is
/// an unknown artifact.
/// </summary>
public interface IArtifactStore
{
    /// <summary>Stores all of <paramref name="content"/>; it is durable when this returns.</summary>
    Task<StoredArtifact> PutAsync(Stream content, CancellationToken cancellation);

    /// <summary>The artifact's size; null when unknown.</summary>
    Task<StoredArtifact?> FindAsync(string sha256, CancellationToken cancellation);

    /// <summary>A seekable stream of the whole artifact or of <paramref name="range"/>, cut at the end of the artifact; null when unknown. The caller disposes it.</summary>
    Task<Stream?> OpenAsync(string sha256, ArtifactRange? range, CancellationToken cancellation);

    Task<bool> ExistsAsync(string sha256, CancellationToken cancellation);

    /// <summary>
    /// As <see cref="FindAsync"/>, for whoever will refer to the artifact without putting it: it counts as put now, so that <see cref="CollectAsync"/> leaves it alone
    /// until the reference is recorded.
    /// </summary>
    Task<StoredArtifact?> RenewAsync(string sha256, CancellationToken cancellation);

    /// <summary>Removes the bytes; readers that have them open go on. False when there was nothing.</summary>
    Task<bool> DeleteAsync(string sha256, CancellationToken cancellation);

    /// <summary>Artifacts that were neither put nor renewed since then, in no order. What comes or goes meanwhile may be among them.</summary>
    IAsyncEnumerable<StoredArtifact> UntouchedAsync(DateTimeOffset since, CancellationToken cancellation);

    /// <summary>
    /// Deletes those artifacts that are still untouched since then and not in use. Readers see each until it is gone, and whoever puts or renews one takes it back;
    /// <paramref name="inUse"/> is asked after they are set aside, so a reference recorded before is seen, and one recorded later was preceded by a put or a renewal.
    /// Only one may collect at a time.
    /// </summary>
    /// <returns>Bytes freed.</returns>
    Task<long> CollectAsync(
        IReadOnlyCollection<string> artifacts, DateTimeOffset untouchedSince, Func<IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlySet<string>>> inUse,
        CancellationToken cancellation);

    /// <summary>Drops uploads and half-written files untouched for a day.</summary>
    /// <returns>Bytes freed.</returns>
    Task<long> DropAbandonedAsync(CancellationToken cancellation);

    /// <summary>Opens an upload of exactly <paramref name="sizeBytes"/>. Uploads untouched for a day are dropped.</summary>
    Task<ArtifactUpload> BeginUploadAsync(long sizeBytes, CancellationToken cancellation);

    /// <summary>Null when unknown or already committed.</summary>
    Task<ArtifactUpload?> FindUploadAsync(Guid id, CancellationToken cancellation);

    /// <summary>Writes one chunk at its offset, in any order. The same chunk may be sent again, and a chunk that broke off may be resumed anywhere.</summary>
    /// <exception cref="ArtifactUploadException">Unknown upload, a chunk past the announced size, too many gaps, or another request is writing to it.</exception>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    Task<ArtifactUpload> WriteChunkAsync(Guid id, long offset, Stream chunk, CancellationToken cancellation);

    /// <summary>Makes the upload an artifact. A second commit of the same upload returns the same artifact.</summary>
    /// <exception cref="ArtifactUploadException">Unknown upload, bytes missing, or their digest is not <paramref name="sha256"/>; the upload stays as it was.</exception>
    Task<StoredArtifact> CommitUploadAsync(Guid id, string sha256, CancellationToken cancellation);
}

/// <param name="Sha256">64 lower-case hex digits.</param>
/// <param name="SizeBytes">Length in bytes.</param>
public sealed record StoredArtifact(string Sha256, long SizeBytes);

/// <param name="Offset">First byte, from 0.</param>
/// <param name="LengthBytes">How many bytes; null means to the end.</param>
public readonly record struct ArtifactRange(long Offset, long? LengthBytes);

/// <param name="Id">Names the upload.</param>
/// <param name="SizeBytes">The size announced at its begin.</param>
/// <param name="ReceivedBytes">How many bytes have come without a gap from the first: where a client that sends in order resumes.</param>
public sealed record ArtifactUpload(Guid Id, long SizeBytes, long ReceivedBytes);

public enum ArtifactUploadProblem
{
    Unknown,
    Busy,
    OutOfRange,
    Incomplete,
    DigestMismatch,
    Scattered,
}

/// <summary>An upload cannot go on as asked; nothing was changed beyond the bytes already received.</summary>
public sealed class ArtifactUploadException(ArtifactUploadProblem problem, string message) : Exception(message)
{
    public ArtifactUploadProblem Problem { get; } = problem;
}
