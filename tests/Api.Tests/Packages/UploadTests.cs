using System.Security.Cryptography;
using System.Text;

namespace EventSourced.Api.Tests.Packages;

/// <summary>A host that takes small files only.</summary>
public sealed class SmallHost : ApiHost
{
    public SmallHost() => (Settings["Artifacts:MaxUploadBytes"], Settings["Artifacts:MaxChunkBytes"]) = ("2000000", "65536");
}

public sealed class UploadTests(SmallHost host) : IClassFixture<SmallHost>
{
    private readonly PulpClient pulp = new(host.Http, host.NodeToken);

    [Fact]
    public async Task A_file_goes_up_in_chunks_and_is_found_by_its_digest()
    {
        var bytes = RandomNumberGenerator.GetBytes(100_000);
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.Equal(0, (await pulp.Find(digest).Expect(200)).Json.GetProperty("count").GetInt32());

        var href = await pulp.UploadAsync(bytes, chunkBytes: 30_000);

        var found = (await pulp.Find(digest).Expect(200)).Json;
        Assert.Equal((1, href), (found.GetProperty("count").GetInt32(), found.GetProperty("results")[0].GetProperty("pulp_href").GetString()));
        Assert.Equal(href, (await pulp.Authorized(host.Http.Get(href)).Expect(200)).Json.GetProperty("pulp_href").GetString());
    }

    [Fact]
    public async Task A_chunk_may_be_sent_again()
    {
        var bytes = Encoding.UTF8.GetBytes("some bytes");
        var upload = await pulp.BeginAsync(bytes.Length);

        await pulp.Chunk(upload, bytes[..5], 0, bytes.Length).Expect(200);
        await pulp.Chunk(upload, bytes[..5], 0, bytes.Length).Expect(200);
        await pulp.Chunk(upload, bytes[5..], 5, bytes.Length).Expect(200);

        await pulp.CommitAsync(upload, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    [Fact]
    public async Task Chunks_come_in_any_order_and_what_is_received_ends_at_the_first_gap()
    {
        var bytes = Encoding.UTF8.GetBytes("some bytes");
        var (upload, digest) = (await pulp.BeginAsync(bytes.Length), Convert.ToHexStringLower(SHA256.HashData(bytes)));

        Assert.Equal(0, (await pulp.Chunk(upload, bytes[5..], 5, bytes.Length).Expect(200)).Json.GetProperty("received").GetInt32());
        Assert.Equal(0, (await pulp.Authorized(host.Http.Get(upload)).Expect(200)).Json.GetProperty("received").GetInt32());
        await pulp.Commit(upload, digest).Expect(400);
        Assert.Equal(10, (await pulp.Chunk(upload, bytes[..5], 0, bytes.Length).Expect(200)).Json.GetProperty("received").GetInt32());

        await pulp.CommitAsync(upload, digest);
    }

    [Fact]
    public async Task A_commit_with_another_digest_or_with_bytes_missing_is_refused_and_can_be_put_right()
    {
        var bytes = Encoding.UTF8.GetBytes("other bytes");
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var upload = await pulp.BeginAsync(bytes.Length);
        await pulp.Chunk(upload, bytes[..5], 0, bytes.Length).Expect(200);

        await pulp.Commit(upload, digest).Expect(400);
        await pulp.Chunk(upload, bytes[5..], 5, bytes.Length).Expect(200);
        Assert.True((await pulp.Commit(upload, new string('0', 64)).Expect(400)).Json.TryGetProperty("sha256", out _));
        await pulp.Commit(upload, "../../etc/passwd").Expect(400);

        Assert.Equal(0, (await pulp.Find(digest).Expect(200)).Json.GetProperty("count").GetInt32());
        await pulp.CommitAsync(upload, digest);
    }

    [Theory]
    [InlineData("bytes 0-9/100")] // another size than announced
    [InlineData("bytes 0-4/10")] // more bytes than the range
    [InlineData("bytes 5-14/*")] // past the end
    [InlineData("lines 0-9/10")]
    public async Task A_chunk_whose_range_is_wrong_is_refused(string range) =>
        await pulp.Chunk(await pulp.BeginAsync(10), new byte[10], 0, 10, range).Expect(400);

    [Fact]
    public async Task A_chunk_shorter_than_its_range_is_refused() => await pulp.Chunk(await pulp.BeginAsync(10), new byte[3], 0, 10, "bytes 0-9/10").Expect(400);

    [Theory]
    [InlineData("content")]
    [InlineData("received.new")]
    public async Task On_a_full_disk_a_chunk_is_asked_for_again_later(string full)
    {
        var bytes = RandomNumberGenerator.GetBytes(1_000);
        var upload = await pulp.BeginAsync(bytes.Length);
        var file = Path.Combine(host.DataFolder, "artifacts", "uploads", Guid.Parse(upload.Trim('/').Split('/')[^1]).ToString("N"), full);
        File.Delete(file);
        File.CreateSymbolicLink(file, "/dev/full");

        var refused = await pulp.Chunk(upload, bytes, 0, bytes.Length).Expect(503);
        File.Delete(file);
        File.Create(file).Dispose();

        Assert.Contains("The disk does not take", refused.Text, StringComparison.Ordinal);
        Assert.Equal("1", refused.Header("Retry-After"));
        Assert.Equal(0, (await pulp.Authorized(host.Http.Get(upload)).Expect(200)).Json.GetProperty("received").GetInt32());
        await pulp.Chunk(upload, bytes, 0, bytes.Length).Expect(200);
        await pulp.CommitAsync(upload, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    [Fact]
    public async Task What_is_too_large_is_refused()
    {
        Assert.True((await pulp.Authorized(host.Http.Post("/pulp/api/v3/uploads/", new { size = 2_000_001 })).Expect(400)).Json.TryGetProperty("size", out _));
        await pulp.Authorized(host.Http.Post("/pulp/api/v3/uploads/", new { size = -1 })).Expect(400);
        await pulp.Authorized(host.Http.Post("/pulp/api/v3/uploads/", new { size = "many" })).Expect(400);
        await pulp.Chunk(await pulp.BeginAsync(1_000_000), new byte[400_000], 0, 1_000_000).Expect(413);
    }

    [Fact]
    public async Task What_is_no_upload_is_refused()
    {
        await pulp.Chunk($"/pulp/api/v3/uploads/{Guid.CreateVersion7()}/", new byte[1], 0, 1).Expect(404);
        await pulp.Authorized(host.Http.Put(await pulp.BeginAsync(1), "{}")).Expect(415);
        await pulp.Authorized(host.Http.Get("/pulp/api/v3/artifacts/?sha256=x")).Expect(400);
        await pulp.Authorized(host.Http.Get("/pulp/api/v3/artifacts/..%2F..%2Fetc%2Fpasswd/")).Expect(404);
    }

    [Fact]
    public async Task Uploads_need_a_node()
    {
        await host.Http.Post("/pulp/api/v3/uploads/", new { size = 1 }).Expect(401);
        await host.Http.Post("/pulp/api/v3/uploads/", new { size = 1 }).As("wrong").Expect(401);
        await host.Http.Post("/pulp/api/v3/uploads/", new { size = 1 }).As(host.NodeToken).Expect(201);
    }
}
