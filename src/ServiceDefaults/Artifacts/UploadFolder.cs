using System.Globalization;
using System.Security.Cryptography;

namespace EventSourced.ServiceDefaults.Artifacts;

/// <summary>
/// One folder per upload: <c>size</c> holds the announced size, <c>content</c> what came, <c>received</c> where in it. Whoever writes or commits holds the content
/// file's lock, and looks after taking it whether the file still has its name: a commit may have moved it in between.
/// </summary>
internal sealed class UploadFolder(ArtifactFolders folders, TimeProvider time)
{
    private const int MostRanges = 1_000;

    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    public ArtifactUpload Begin(long sizeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeBytes);
        DropAbandoned();

        var id = Guid.CreateVersion7();
        var folder = Directory.CreateDirectory(FolderOf(id)).FullName;
        File.WriteAllText(Path.Combine(folder, "size"), sizeBytes.ToString(CultureInfo.InvariantCulture));
        new ReceivedRanges([]).Write(ReceivedOf(id));
        File.Create(ContentOf(id)).Dispose();
        return new ArtifactUpload(id, sizeBytes, ReceivedBytes: 0);
    }

    public ArtifactUpload? Find(Guid id) =>
        File.Exists(ContentOf(id)) ? new ArtifactUpload(id, SizeOf(id), ReceivedRanges.Read(ReceivedOf(id)).FromStart) : null;

    public async Task<ArtifactUpload> WriteAsync(Guid id, long offset, Stream chunk, CancellationToken cancellation)
    {
        await using var file = Lock(id);
        var size = SizeOf(id);
        if (offset < 0 || offset > size)
            throw new ArtifactUploadException(ArtifactUploadProblem.OutOfRange, $"The chunk starts at {offset} of {size} bytes.");

        var received = ReceivedRanges.Read(ReceivedOf(id));
        if (received.Ranges.Count >= MostRanges && !received.Reaches(offset))
            throw new ArtifactUploadException(ArtifactUploadProblem.Scattered, $"With {MostRanges} gaps between what has come, a chunk has to begin where another ends.");

        file.Position = offset;
        try
        {
            await CopyAsync(chunk, file, size, cancellation);
        }
        finally
        {
            received = received.With(offset, file.Position); // what came of a chunk that broke off has come
            received.Write(ReceivedOf(id));
        }

        return new ArtifactUpload(id, size, received.FromStart);
    }

    public async Task<StoredArtifact> CommitAsync(Guid id, string sha256, CancellationToken cancellation)
    {
        await using var file = Lock(id);
        var size = SizeOf(id);
        if (ReceivedRanges.Read(ReceivedOf(id)).FromStart is var received && received != size)
            throw new ArtifactUploadException(ArtifactUploadProblem.Incomplete, $"Of {size} bytes the first {received} have come; the next is missing.");

        var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
        if (digest != sha256)
            throw new ArtifactUploadException(ArtifactUploadProblem.DigestMismatch, $"The bytes' SHA-256 is {digest}.");

        file.Flush(flushToDisk: true);
        folders.Publish(ContentOf(id), sha256);
        Directory.Delete(FolderOf(id), recursive: true);
        return new StoredArtifact(sha256, size);
    }

    private static async Task CopyAsync(Stream chunk, FileStream file, long size, CancellationToken cancellation)
    {
        var buffer = new byte[128 * 1024];
        for (int read; (read = await chunk.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (file.Position + read > size)
                throw new ArtifactUploadException(ArtifactUploadProblem.OutOfRange, $"The chunk goes past the announced {size} bytes.");

            await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
    }

    private FileStream Lock(Guid id)
    {
        FileStream file;
        try
        {
            file = new FileStream(ContentOf(id), FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Unknown(id);
        }
        catch (IOException)
        {
            throw new ArtifactUploadException(ArtifactUploadProblem.Busy, $"Another request is writing to the upload {id}.");
        }

        if (File.Exists(ContentOf(id)))
            return file;

        file.Dispose();
        throw Unknown(id);
    }

    /// <returns>Bytes freed.</returns>
    public long DropAbandoned()
    {
        var freed = 0L;
        foreach (var folder in new DirectoryInfo(folders.Uploads).EnumerateDirectories())
        {
            try
            {
                if (time.GetUtcNow() - LastTouched(folder) <= Abandoned)
                    continue;

                var bytes = folder.EnumerateFiles().Sum(file => file.Length);
                folder.Delete(recursive: true);
                freed += bytes;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // Somebody else dropped it just now.
            }
        }

        return freed;
    }

    /// <summary>Now, when the folder went away with a commit meanwhile.</summary>
    private DateTimeOffset LastTouched(DirectoryInfo folder)
    {
        var content = new FileInfo(Path.Combine(folder.FullName, "content"));
        if (content.Exists)
            return content.LastWriteTimeUtc;

        folder.Refresh();
        return folder.Exists ? folder.LastWriteTimeUtc : time.GetUtcNow();
    }

    private long SizeOf(Guid id) => long.Parse(File.ReadAllText(Path.Combine(FolderOf(id), "size")), CultureInfo.InvariantCulture);

    private string FolderOf(Guid id) => Path.Combine(folders.Uploads, id.ToString("N"));

    private string ContentOf(Guid id) => Path.Combine(FolderOf(id), "content");

    private string ReceivedOf(Guid id) => Path.Combine(FolderOf(id), "received");

    private static ArtifactUploadException Unknown(Guid id) => new(ArtifactUploadProblem.Unknown, $"There is no upload {id}.");
}
