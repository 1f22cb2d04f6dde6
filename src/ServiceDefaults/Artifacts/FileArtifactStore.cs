using System.Runtime.CompilerServices;
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
    private readonly TimeProvider _time;

    public FileArtifactStore(string root, TimeProvider time)
    {
        _time = time;
        _folders = new ArtifactFolders(root, time);
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

    public Task<StoredArtifact?> FindAsync(string sha256, CancellationToken cancellation) => Task.FromResult(Find(sha256));

    public Task<Stream?> OpenAsync(string sha256, ArtifactRange? range, CancellationToken cancellation)
    {
        foreach (var path in _folders.PlacesOf(sha256).Where(File.Exists))
        {
            try
            {
                var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
                return Task.FromResult<Stream?>(range is { } part ? new RangeStream(file, part) : file);
            }
            catch (FileNotFoundException)
            {
                // It has just moved to another of its places, or is gone.
            }
        }

        return Task.FromResult<Stream?>(null);
    }

    public async Task<bool> ExistsAsync(string sha256, CancellationToken cancellation) => await FindAsync(sha256, cancellation) is not null;

    public Task<bool> DeleteAsync(string sha256, CancellationToken cancellation)
    {
        var there = _folders.PlacesOf(sha256).Where(File.Exists).ToList();
        there.ForEach(File.Delete);
        return Task.FromResult(there is not []);
    }

    public Task<StoredArtifact?> RenewAsync(string sha256, CancellationToken cancellation) =>
        Task.FromResult(_folders.Touch(sha256) ? Find(sha256) : null);

    public async IAsyncEnumerable<StoredArtifact> UntouchedAsync(DateTimeOffset since, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.Yield();
        foreach (var file in _folders.Untouched(since))
        {
            cancellation.ThrowIfCancellationRequested();
            if (Find(file.Name) is { } artifact)
                yield return artifact;
        }
    }

    public async Task<long> CollectAsync(
        IReadOnlyCollection<string> artifacts, DateTimeOffset untouchedSince, Func<IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlySet<string>>> inUse,
        CancellationToken cancellation)
    {
        var aside = artifacts.Where(_folders.SetAside).ToHashSet(StringComparer.Ordinal);
        var kept = aside;
        try
        {
            var used = await inUse(aside, cancellation);
            kept = [.. aside.Where(sha256 => used.Contains(sha256) || !_folders.IsAsideUntouched(sha256, untouchedSince))];
            return aside.Except(kept).Sum(_folders.DeleteAside);
        }
        finally
        {
            foreach (var sha256 in kept)
                _folders.TakeBack(sha256);
        }
    }

    public Task<long> DropAbandonedAsync(CancellationToken cancellation) =>
        Task.FromResult(_folders.DropTemporaryFiles(olderThan: _time.GetUtcNow() - Abandoned) + _uploads.DropAbandoned());

    public Task<ArtifactUpload> BeginUploadAsync(long sizeBytes, CancellationToken cancellation) => Task.FromResult(_uploads.Begin(sizeBytes));

    public Task<ArtifactUpload?> FindUploadAsync(Guid id, CancellationToken cancellation) => Task.FromResult(_uploads.Find(id));

    public Task<ArtifactUpload> WriteChunkAsync(Guid id, long offset, Stream chunk, CancellationToken cancellation) =>
        _uploads.WriteAsync(id, offset, chunk, cancellation);

    public async Task<StoredArtifact> CommitUploadAsync(Guid id, string sha256, CancellationToken cancellation)
    {
        try
        {
            return await _uploads.CommitAsync(id, sha256, cancellation);
        }
        catch (ArtifactUploadException e) when (e.Problem is ArtifactUploadProblem.Unknown)
        {
            if (await RenewAsync(sha256, cancellation) is { } committed)
                return committed;

            throw;
        }
    }

    private StoredArtifact? Find(string sha256) =>
        _folders.PlacesOf(sha256).Select(path => new FileInfo(path)).FirstOrDefault(file => file.Exists) is { } found ? new StoredArtifact(sha256, found.Length) : null;

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
