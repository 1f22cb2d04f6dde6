using System.Security.Cryptography;
using System.Text;
using EventSourced.ServiceDefaults.Artifacts;

namespace EventSourced.Workers.Tests.Artifacts;

public sealed class FileArtifactStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FileArtifactStore _store;

    public FileArtifactStoreTests() => _store = new FileArtifactStore(_folder.Path, TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_put_is_found_and_read_by_its_digest()
    {
        var stored = await _store.PutAsync(Bytes("hello"), Cancellation);

        Assert.Equal(new StoredArtifact(Digest("hello"), 5), stored);
        Assert.Equal(stored, await _store.FindAsync(stored.Sha256, Cancellation));
        Assert.Equal("hello", await ReadAsync(stored.Sha256, null));
    }

    [Fact]
    public async Task Another_store_over_the_same_folder_sees_it()
    {
        var stored = await _store.PutAsync(Bytes("hello"), Cancellation);

        Assert.True(await new FileArtifactStore(_folder.Path, TimeProvider.System).ExistsAsync(stored.Sha256, Cancellation));
    }

    [Fact]
    public void What_a_killed_process_left_half_written_goes_after_a_day()
    {
        var (left, young) = (Path.Combine(_folder["tmp"], "left"), Path.Combine(_folder["tmp"], "young"));
        File.WriteAllText(left, "half");
        File.WriteAllText(young, "half");
        File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddHours(-25));
        File.SetLastWriteTimeUtc(young, DateTime.UtcNow.AddHours(-23));

        _ = new FileArtifactStore(_folder.Path, TimeProvider.System);

        Assert.False(File.Exists(left));
        Assert.True(File.Exists(young));
    }

    [Theory]
    [InlineData(0, 2L, "01")]
    [InlineData(3, 4L, "3456")]
    [InlineData(8, null, "89")]
    [InlineData(8, 50L, "89")]
    [InlineData(10, null, "")]
    [InlineData(99, 1L, "")]
    public async Task A_range_is_cut_at_the_end(long offset, long? length, string expected)
    {
        var stored = await _store.PutAsync(Bytes("0123456789"), Cancellation);

        Assert.Equal(expected, await ReadAsync(stored.Sha256, new ArtifactRange(offset, length)));
    }

    [Theory]
    [InlineData("../../../../etc/passwd")]
    [InlineData("")]
    [InlineData("2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824")]
    [InlineData("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task What_is_no_digest_or_not_there_is_unknown(string sha256)
    {
        await _store.PutAsync(Bytes("hello"), Cancellation);

        Assert.Null(await _store.FindAsync(sha256, Cancellation));
        Assert.Null(await _store.OpenAsync(sha256, null, Cancellation));
        Assert.False(await _store.ExistsAsync(sha256, Cancellation));
        Assert.False(await _store.DeleteAsync(sha256, Cancellation));
    }

    [Fact]
    public async Task Putting_and_deleting_may_be_repeated()
    {
        await _store.PutAsync(Bytes("hello"), Cancellation);
        var again = await _store.PutAsync(Bytes("hello"), Cancellation);

        Assert.True(await _store.DeleteAsync(again.Sha256, Cancellation));
        Assert.False(await _store.DeleteAsync(again.Sha256, Cancellation));
    }

    [Fact]
    public async Task A_put_that_breaks_off_leaves_nothing()
    {
        await Assert.ThrowsAsync<IOException>(() => _store.PutAsync(new BrokenStream(), Cancellation));

        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Concurrent_puts_of_the_same_bytes_all_succeed()
    {
        var stored = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => _store.PutAsync(Bytes("same"), Cancellation)));

        Assert.Single(stored.Distinct());
        Assert.Equal("same", await ReadAsync(stored[0].Sha256, null));
    }

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private async Task<string> ReadAsync(string sha256, ArtifactRange? range)
    {
        await using var stream = await _store.OpenAsync(sha256, range, Cancellation);
        Assert.NotNull(stream);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Cancellation);
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("The client went away.");
    }
}
