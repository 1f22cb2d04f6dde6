using System.Security.Cryptography;
using System.Text;
using EventSourced.ServiceDefaults.Artifacts;

namespace EventSourced.Workers.Tests.Artifacts;

public sealed class CollectedArtifactTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FileArtifactStore _today;
    private readonly FileArtifactStore _store;
    private readonly DateTimeOffset _since = DateTimeOffset.UtcNow + TimeSpan.FromHours(1);

    /// <summary>What was put by the first is old for the second.</summary>
    public CollectedArtifactTests() =>
        (_today, _store) = (new FileArtifactStore(_folder.Path, TimeProvider.System), new FileArtifactStore(_folder.Path, new Later(TimeSpan.FromHours(25))));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_old_and_not_in_use_goes()
    {
        var (gone, used, young) = (await PutAsync("gone"), await PutAsync("used"), await PutAsync("young", _store));

        Assert.Equal(new[] { gone, used }.Order(), (await UntouchedAsync()).Order());
        Assert.Equal(4, await CollectAsync([gone, used, young, new string('0', 64), "../../etc/passwd"], _ => [used]));

        Assert.Null(await _store.FindAsync(gone, Cancellation));
        Assert.Equal("used", await ReadAsync(used));
        Assert.Equal("young", await ReadAsync(young));
        Assert.Empty(Directory.EnumerateFiles(_folder["aside"]));
    }

    [Fact]
    public async Task Readers_see_it_until_it_is_gone()
    {
        var artifact = await PutAsync("bytes");

        await CollectWhileAsync([artifact], async _ =>
        {
            Assert.Equal("bytes", await ReadAsync(artifact));
            Assert.True(await _store.ExistsAsync(artifact, Cancellation));
            return [];
        });

        Assert.Null(await _store.OpenAsync(artifact, range: null, Cancellation));
    }

    [Fact]
    public async Task Who_renews_it_while_it_is_set_aside_keeps_it()
    {
        var artifact = await PutAsync("bytes");

        Assert.Equal(0, await CollectWhileAsync([artifact], async _ => await _store.RenewAsync(artifact, Cancellation) is null ? throw new InvalidOperationException() : []));

        Assert.Equal("bytes", await ReadAsync(artifact));
        Assert.Empty(await UntouchedAsync());
    }

    [Fact]
    public async Task Who_puts_it_while_it_is_set_aside_keeps_it()
    {
        var artifact = await PutAsync("bytes");

        await CollectWhileAsync([artifact], async _ =>
        {
            await PutAsync("bytes", _store);
            return [];
        });

        Assert.Equal("bytes", await ReadAsync(artifact));
    }

    [Fact]
    public async Task An_upload_of_yesterday_that_is_committed_today_is_as_good_as_new()
    {
        var upload = await _today.BeginUploadAsync(5, Cancellation);
        await _today.WriteChunkAsync(upload.Id, 0, new MemoryStream("bytes"u8.ToArray()), Cancellation);

        var artifact = (await _store.CommitUploadAsync(upload.Id, Digest("bytes"), Cancellation)).Sha256;

        Assert.Empty(await UntouchedAsync());
        Assert.Equal(0, await CollectAsync([artifact], _ => []));
    }

    [Fact]
    public async Task When_nobody_can_say_what_is_in_use_all_stays()
    {
        var artifact = await PutAsync("bytes");

        await Assert.ThrowsAsync<TimeoutException>(() => CollectAsync([artifact], _ => throw new TimeoutException()));

        Assert.Equal("bytes", await ReadAsync(artifact));
        Assert.Empty(Directory.EnumerateFiles(_folder["aside"]));
    }

    [Fact]
    public async Task What_a_killed_collection_left_aside_is_there_and_is_collected_by_the_next()
    {
        var (gone, kept) = (await PutAsync("gone"), await PutAsync("kept"));
        foreach (var artifact in new[] { gone, kept })
            File.Move(Path.Combine(_folder["sha256"], artifact[..2], artifact), Path.Combine(_folder["aside"], artifact));

        Assert.Equal("gone", await ReadAsync(gone));
        Assert.NotNull(await _store.RenewAsync(kept, Cancellation));
        Assert.Equal([gone], await UntouchedAsync());
        Assert.Equal(4, await CollectAsync([gone], _ => []));
        Assert.Equal("kept", await ReadAsync(kept));
    }

    [Fact]
    public async Task Whoever_was_told_that_it_is_there_finds_it_later()
    {
        var artifacts = await Task.WhenAll(Enumerable.Range(0, 100).Select(n => PutAsync($"bytes {n}")));
        var renewing = Task.WhenAll(artifacts.Select(artifact => Task.Run(async () => (Artifact: artifact, Told: await _store.RenewAsync(artifact, Cancellation) is not null))));

        await Task.Run(() => CollectAsync(artifacts, _ => []));

        foreach (var (artifact, told) in await renewing)
            Assert.Equal(told, await _store.ExistsAsync(artifact, Cancellation));
    }

    [Fact]
    public async Task Abandoned_uploads_and_half_written_files_go_with_their_bytes_counted()
    {
        var upload = await _today.BeginUploadAsync(9, Cancellation);
        await _today.WriteChunkAsync(upload.Id, 0, new MemoryStream("bytes"u8.ToArray()), Cancellation);
        await File.WriteAllTextAsync(Path.Combine(_folder["tmp"], "half"), "half", Cancellation);

        Assert.Equal(0, await _today.DropAbandonedAsync(Cancellation));
        Assert.Equal("bytes".Length + "9".Length + "0 5\n".Length + "half".Length, await _store.DropAbandonedAsync(Cancellation));

        Assert.Null(await _store.FindUploadAsync(upload.Id, Cancellation));
        Assert.Empty(Directory.EnumerateFiles(_folder["tmp"]));
    }

    private async Task<string> PutAsync(string text, FileArtifactStore? store = null) =>
        (await (store ?? _today).PutAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), Cancellation)).Sha256;

    private async Task<string> ReadAsync(string artifact)
    {
        await using var bytes = await _store.OpenAsync(artifact, range: null, Cancellation) ?? throw new InvalidOperationException($"{artifact} is gone.");
        return await new StreamReader(bytes).ReadToEndAsync(Cancellation);
    }

    private async Task<IReadOnlyList<string>> UntouchedAsync() => await _store.UntouchedAsync(_since, Cancellation).Select(a => a.Sha256).ToListAsync(Cancellation);

    private Task<long> CollectAsync(IReadOnlyCollection<string> artifacts, Func<IReadOnlyCollection<string>, IEnumerable<string>> inUse) =>
        CollectWhileAsync(artifacts, aside => Task.FromResult(inUse(aside)));

    private Task<long> CollectWhileAsync(IReadOnlyCollection<string> artifacts, Func<IReadOnlyCollection<string>, Task<IEnumerable<string>>> inUse) =>
        _store.CollectAsync(artifacts, _since, async (aside, _) => (await inUse(aside)).ToHashSet(), Cancellation);

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
