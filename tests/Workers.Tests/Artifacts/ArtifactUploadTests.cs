using System.Security.Cryptography;
using System.Text;
using EventSourced.ServiceDefaults.Artifacts;

namespace EventSourced.Workers.Tests.Artifacts;

public sealed class ArtifactUploadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FileArtifactStore _store;

    public ArtifactUploadTests() => _store = new FileArtifactStore(_folder.Path, TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Chunks_in_any_order_and_repeated_become_one_artifact()
    {
        var upload = await _store.BeginUploadAsync(10, Cancellation);
        await _store.WriteChunkAsync(upload.Id, 4, Bytes("456789"), Cancellation);
        await _store.WriteChunkAsync(upload.Id, 0, Bytes("01"), Cancellation);
        await _store.WriteChunkAsync(upload.Id, 0, Bytes("0123"), Cancellation);

        var stored = await _store.CommitUploadAsync(upload.Id, Digest("0123456789"), Cancellation);

        Assert.Equal(10, stored.SizeBytes);
        Assert.Equal(stored, await _store.FindAsync(stored.Sha256, Cancellation));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["uploads"]));
    }

    [Fact]
    public async Task Only_what_has_come_without_a_gap_counts_as_received()
    {
        var upload = await _store.BeginUploadAsync(10, Cancellation);

        Assert.Equal(0, (await _store.WriteChunkAsync(upload.Id, 8, Bytes("89"), Cancellation)).ReceivedBytes);
        Assert.Equal(0, (await _store.FindUploadAsync(upload.Id, Cancellation))!.ReceivedBytes);
        await RefusedAsync(ArtifactUploadProblem.Incomplete, () => _store.CommitUploadAsync(upload.Id, Digest("0123456789"), Cancellation));
        Assert.Equal(3, (await _store.WriteChunkAsync(upload.Id, 0, Bytes("012"), Cancellation)).ReceivedBytes);
        Assert.Equal(3, (await _store.WriteChunkAsync(upload.Id, 4, Bytes("456"), Cancellation)).ReceivedBytes);
        Assert.Equal(7, (await _store.WriteChunkAsync(upload.Id, 2, Bytes("23"), Cancellation)).ReceivedBytes);
        Assert.Equal(10, (await _store.WriteChunkAsync(upload.Id, 7, Bytes("7"), Cancellation)).ReceivedBytes);
        Assert.Equal(10, (await _store.CommitUploadAsync(upload.Id, Digest("0123456789"), Cancellation)).SizeBytes);
    }

    [Fact]
    public async Task An_upload_goes_on_where_it_broke_off_also_in_another_process()
    {
        var upload = await _store.BeginUploadAsync(6, Cancellation);
        await _store.WriteChunkAsync(upload.Id, 0, Bytes("012"), Cancellation);

        var later = new FileArtifactStore(_folder.Path, TimeProvider.System);
        var found = await later.FindUploadAsync(upload.Id, Cancellation);

        Assert.Equal(new ArtifactUpload(upload.Id, 6, 3), found);
        await later.WriteChunkAsync(upload.Id, 3, Bytes("345"), Cancellation);
        Assert.Equal(6, (await later.CommitUploadAsync(upload.Id, Digest("012345"), Cancellation)).SizeBytes);
    }

    [Fact]
    public async Task An_upload_of_a_version_that_kept_no_ranges_begins_anew()
    {
        var upload = await _store.BeginUploadAsync(6, Cancellation);
        await _store.WriteChunkAsync(upload.Id, 0, Bytes("012"), Cancellation);
        File.Delete(Directory.EnumerateFiles(_folder.Path, "received", SearchOption.AllDirectories).Single());

        Assert.Equal(0, (await _store.FindUploadAsync(upload.Id, Cancellation))!.ReceivedBytes);
        await _store.WriteChunkAsync(upload.Id, 0, Bytes("012345"), Cancellation);
        Assert.Equal(6, (await _store.CommitUploadAsync(upload.Id, Digest("012345"), Cancellation)).SizeBytes);
    }

    [Fact]
    public async Task A_second_commit_returns_the_same_artifact()
    {
        var upload = await _store.BeginUploadAsync(2, Cancellation);
        await _store.WriteChunkAsync(upload.Id, 0, Bytes("ab"), Cancellation);

        var first = await _store.CommitUploadAsync(upload.Id, Digest("ab"), Cancellation);

        Assert.Equal(first, await _store.CommitUploadAsync(upload.Id, Digest("ab"), Cancellation));
        await RefusedAsync(ArtifactUploadProblem.Unknown, () => _store.WriteChunkAsync(upload.Id, 0, Bytes("xx"), Cancellation));
    }

    [Fact]
    public async Task Uploads_begin_while_others_are_committed() => await Parallel.ForAsync(0, 400, Cancellation, async (n, cancellation) =>
    {
        var text = n.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var upload = await _store.BeginUploadAsync(text.Length, cancellation);
        await _store.WriteChunkAsync(upload.Id, 0, Bytes(text), cancellation);
        Assert.Equal(Digest(text), (await _store.CommitUploadAsync(upload.Id, Digest(text), cancellation)).Sha256);
    });

    [Fact]
    public async Task Two_commits_at_once_find_the_same_artifact() => await Parallel.ForAsync(0, 200, Cancellation, async (n, cancellation) =>
    {
        var text = $"both {n}";
        var upload = await _store.BeginUploadAsync(text.Length, cancellation);
        await _store.WriteChunkAsync(upload.Id, 0, Bytes(text), cancellation);

        var commits = Enumerable.Range(0, 4).Select(_ => Task.Run(() => CommitAsync(upload.Id, Digest(text)), cancellation));

        Assert.All(await Task.WhenAll(commits), problem => Assert.True(problem is null or ArtifactUploadProblem.Busy, $"{problem}"));
        Assert.NotNull(await _store.FindAsync(Digest(text), cancellation));
    });

    [Fact]
    public async Task More_gaps_than_anyone_needs_are_refused_until_some_are_filled()
    {
        var upload = await _store.BeginUploadAsync(3_000, Cancellation);
        for (var n = 0; n < 1_000; n++)
            await _store.WriteChunkAsync(upload.Id, (2 * n) + 1, Bytes("x"), Cancellation);

        await RefusedAsync(ArtifactUploadProblem.Scattered, () => _store.WriteChunkAsync(upload.Id, 2_500, Bytes("x"), Cancellation));
        await _store.WriteChunkAsync(upload.Id, 2, Bytes("x"), Cancellation);
        await _store.WriteChunkAsync(upload.Id, 2_500, Bytes("x"), Cancellation);
        await _store.WriteChunkAsync(upload.Id, 1, Bytes(new string('x', 2_999)), Cancellation);

        Assert.Equal(3_000, (await _store.WriteChunkAsync(upload.Id, 0, Bytes("x"), Cancellation)).ReceivedBytes);
    }

    [Fact]
    public async Task A_chunk_past_the_announced_size_is_refused()
    {
        var upload = await _store.BeginUploadAsync(3, Cancellation);

        await RefusedAsync(ArtifactUploadProblem.OutOfRange, () => _store.WriteChunkAsync(upload.Id, 0, Bytes("0123"), Cancellation));
        await RefusedAsync(ArtifactUploadProblem.OutOfRange, () => _store.WriteChunkAsync(upload.Id, 4, Bytes("0"), Cancellation));
        await RefusedAsync(ArtifactUploadProblem.OutOfRange, () => _store.WriteChunkAsync(upload.Id, -1, Bytes("0"), Cancellation));
    }

    [Fact]
    public async Task Missing_bytes_and_another_digest_are_refused_and_the_upload_stays()
    {
        var upload = await _store.BeginUploadAsync(3, Cancellation);
        await _store.WriteChunkAsync(upload.Id, 0, Bytes("01"), Cancellation);
        await RefusedAsync(ArtifactUploadProblem.Incomplete, () => _store.CommitUploadAsync(upload.Id, Digest("012"), Cancellation));

        await _store.WriteChunkAsync(upload.Id, 2, Bytes("X"), Cancellation);
        await RefusedAsync(ArtifactUploadProblem.DigestMismatch, () => _store.CommitUploadAsync(upload.Id, Digest("012"), Cancellation));

        await _store.WriteChunkAsync(upload.Id, 2, Bytes("2"), Cancellation);
        Assert.Equal(3, (await _store.CommitUploadAsync(upload.Id, Digest("012"), Cancellation)).SizeBytes);
    }

    [Fact]
    public async Task Two_writers_at_once_do_not_mix()
    {
        var upload = await _store.BeginUploadAsync(3, Cancellation);
        var slow = new BlockedStream();
        var first = _store.WriteChunkAsync(upload.Id, 0, slow, Cancellation);

        await RefusedAsync(ArtifactUploadProblem.Busy, () => _store.WriteChunkAsync(upload.Id, 0, Bytes("abc"), Cancellation));

        slow.Finish();
        await first;
    }

    [Fact]
    public async Task Uploads_untouched_for_a_day_are_dropped()
    {
        var upload = await _store.BeginUploadAsync(3, Cancellation);
        var tomorrow = new FileArtifactStore(_folder.Path, new Later(TimeSpan.FromHours(25)));

        await tomorrow.BeginUploadAsync(1, Cancellation);

        Assert.Null(await _store.FindUploadAsync(upload.Id, Cancellation));
    }

    private async Task<ArtifactUploadProblem?> CommitAsync(Guid upload, string sha256)
    {
        try
        {
            await _store.CommitUploadAsync(upload, sha256, Cancellation);
            return null;
        }
        catch (ArtifactUploadException e)
        {
            return e.Problem;
        }
    }

    private static async Task RefusedAsync(ArtifactUploadProblem problem, Func<Task> action) =>
        Assert.Equal(problem, (await Assert.ThrowsAsync<ArtifactUploadException>(action)).Problem);

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }

    private sealed class BlockedStream : MemoryStream
    {
        private readonly TaskCompletionSource<int> _end = new();

        public void Finish() => _end.SetResult(0);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(_end.Task);
    }
}
