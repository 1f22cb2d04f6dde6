using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace EventSourced.Api.Tests.Packages;

/// <summary>Uploads as build nodes do: basic auth, chunks with a range, a commit whose task is asked for.</summary>
internal sealed class PulpClient(HttpClient http, string token)
{
    public async Task<string> UploadAsync(byte[] bytes, int chunkBytes = 8 * 1024 * 1024)
    {
        var upload = await BeginAsync(bytes.Length);
        for (var offset = 0; offset < bytes.Length; offset += chunkBytes)
            await Chunk(upload, bytes.AsSpan(offset, Math.Min(chunkBytes, bytes.Length - offset)).ToArray(), offset, bytes.Length).Expect(200);

        return await CommitAsync(upload, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    public async Task<string> BeginAsync(long size) =>
        (await Authorized(http.Post("/pulp/api/v3/uploads/", new { size })).Expect(201)).Json.GetProperty("pulp_href").GetString()!;

    public HttpScenario Chunk(string upload, byte[] bytes, long offset, long size, string? range = null)
    {
        var file = new ByteArrayContent(bytes);
        var content = new MultipartFormDataContent { { file, "file", "chunk" } };
        content.Headers.ContentRange = ContentRangeHeaderValue.Parse(
            range ?? string.Create(CultureInfo.InvariantCulture, $"bytes {offset}-{offset + bytes.Length - 1}/{size}"));
        return Authorized(http.Put(upload).WithContent(content));
    }

    public HttpScenario Commit(string upload, string sha256) => Authorized(http.Post($"{upload}commit/", new { sha256 }));

    public async Task<string> CommitAsync(string upload, string sha256)
    {
        var task = (await Commit(upload, sha256).Expect(202)).Json.GetProperty("task").GetString()!;
        var done = (await Authorized(http.Get(task)).Expect(200)).Json;
        Assert.Equal("completed", done.GetProperty("state").GetString());
        return done.GetProperty("created_resources")[0].GetString()!;
    }

    public HttpScenario Find(string sha256) => Authorized(http.Get($"/pulp/api/v3/artifacts/?sha256={sha256}"));

    public HttpScenario Authorized(HttpScenario scenario) =>
        scenario.With("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("node:" + token)));
}
