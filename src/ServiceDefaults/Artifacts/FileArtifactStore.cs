using System.Security.Cryptography;

namespace EventSourced.ServiceDefaults.Artifacts;

/// <summary>Artifacts as files named by their digest. A name appears only when its bytes are complete and on disk.</summary>
public sealed class FileArtifactStore : IArtifactStore
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Nobody writes a file for so long: its writer was killed.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private readonly ArtifactFolders _folders;
    private readonly UploadFolder _uploads;

    public FileArtifactStore(string root, TimeProvider time)
    {
        _folders = new ArtifactFolders(root);
        _uploads = new UploadFolder(_folders, time);
        _folders.DropTemporaryFiles(olderThan: time.GetUtcNow() - Abandoned);
    }

    public async Task<StoredArtifact> PutAsync(Stream content, CancellationToken cancellation)
    {
        var temporary = _folders.NewTemporaryFile();
        try
        {
            var stored = await WriteAsync(content, temporary, cancellation);
            _folders.Publish(temporary, stored.Sha256);
            return stored;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    public Task<StoredArtifact?> FindAsync(string sha256, CancellationToken cancellation)
    {
        var file = _folders.ContentOf(sha256) is { } path ? new FileInfo(path) : null;
        return Task.FromResult(file is { Exists: true } ? new StoredArtifact(sha256, file.Length) : null);
    }

    public Task<Stream?> OpenAsync(string sha256, ArtifactRange? range, CancellationToken cancellation)
    {
        if (_folders.ContentOf(sha256) is not { } path || !File.Exists(path))
            return Task.FromResult<Stream?>(null);

        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
        }
        catch (FileNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }

        return Task.FromResult<Stream?>(range is { } part ? new RangeStream(file, part) : file);
    }

    public async Task<bool> ExistsAsync(string sha256, CancellationToken cancellation) => await FindAsync(sha256, cancellation) is not null;

    public Task<bool> DeleteAsync(string sha256, CancellationToken cancellation)
    {
        if (_folders.ContentOf(sha256) is not { } path || !File.Exists(path))
            return Task.FromResult(false);

        File.Delete(path);
        return Task.FromResult(true);
    }

    public Task<ArtifactUpload> BeginUploadAsync(long sizeBytes, CancellationToken cancellation) => Task.FromResult(_uploads.Begin(sizeBytes));

    public Task<ArtifactUpload?> FindUploadAsync(Guid id, CancellationToken cancellation) => Task.FromResult(_uploads.Find(id));

    public Task<ArtifactUpload> WriteChunkAsync(Guid id, long offset, Stream chunk, CancellationToken cancellation) =>
        _uploads.WriteAsync(id, offset, chunk, cancellation);

    public async Task<StoredArtifact> CommitUploadAsync(Guid id, string sha256, CancellationToken cancellation)
    {
        if (_uploads.Find(id) is null && await FindAsync(sha256, cancellation) is { } committed)
            return committed;

        return await _uploads.CommitAsync(id, sha256, cancellation);
    }

    private static async Task<StoredArtifact> WriteAsync(Stream content, string path, CancellationToken cancellation)
    {
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        long size = 0;
        for (int read; (read = await content.ReadAsync(buffer, cancellation)) > 0; size += read)
        {
            digest.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }

        file.Flush(flushToDisk: true);
        return new StoredArtifact(Convert.ToHexStringLower(digest.GetHashAndReset()), size);
    }
}
