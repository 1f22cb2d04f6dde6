using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>Brings a file into the artifact store by the store's own calls: known already, or in chunks and then committed by digest.</summary>
public sealed class ArtifactUploader(MasterConnection master, TimeProvider time)
{
    private const int ChunkBytes = 8 << 20;
    private const int CommitPolls = 600;

    private static readonly TimeSpan CommitPoll = TimeSpan.FromMilliseconds(100);

    /// <param name="path">The file; its name is the artifact's name.</param>
    /// <param name="type"><c>rpm</c>, <c>deb</c> or <c>build_log</c>.</param>
    /// <exception cref="HttpRequestException">The store refused, or cannot be reached for two minutes.</exception>
    public async Task<ReportedArtifact> UploadAsync(string path, string type, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
        var known = await master.SendAsync<Known>(HttpMethod.Get, $"/pulp/api/v3/artifacts/?sha256={sha256}", content: null, cancellation);
        var href = known.Results is [var first, ..] ? first.PulpHref : await UploadAsync(file, sha256, cancellation);
        return new ReportedArtifact(Path.GetFileName(path), type, href, sha256);
    }

    private async Task<string> UploadAsync(FileStream file, string sha256, CancellationToken cancellation)
    {
        var upload = await master.SendAsync<Reference>(HttpMethod.Post, "/pulp/api/v3/uploads/", Json(new { size = file.Length }), cancellation);
        var buffer = new byte[Math.Min(ChunkBytes, file.Length)];
        for (long offset = 0; offset < file.Length;)
        {
            file.Position = offset;
            var count = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
            using var chunk = Chunk(buffer.AsMemory(0, count), offset, file.Length);
            await master.SendAsync<Reference>(HttpMethod.Put, upload.PulpHref, chunk, cancellation);
            offset += count;
        }

        var commit = await master.SendAsync<CommitAnswer>(HttpMethod.Post, $"{upload.PulpHref}commit/", Json(new { sha256 }), cancellation);
        return await CommittedAsync(commit.Task, cancellation);
    }

    private async Task<string> CommittedAsync(string task, CancellationToken cancellation)
    {
        for (var poll = 0; poll < CommitPolls; poll++)
        {
            var answer = await master.SendAsync<TaskAnswer>(HttpMethod.Get, task, content: null, cancellation);
            if (answer is { State: "completed", CreatedResources: [var href, ..] })
                return href;

            if (answer.State is "failed")
                throw new HttpRequestException($"The store failed to commit an upload: {answer.Error}");

            await Task.Delay(CommitPoll, time, cancellation);
        }

        throw new HttpRequestException("The store did not commit an upload within a minute.");
    }

    private static MultipartFormDataContent Chunk(ReadOnlyMemory<byte> bytes, long offset, long length)
    {
        var form = new MultipartFormDataContent { { new ReadOnlyMemoryContent(bytes), "file", "file" } };
        form.Headers.ContentRange = new ContentRangeHeaderValue(offset, offset + bytes.Length - 1, length);
        return form;
    }

    private static JsonContent Json<T>(T value) => JsonContent.Create(value, options: NodeJson.Options);

    private sealed record Known(IReadOnlyList<Reference> Results);

    private sealed record Reference(string PulpHref);

    private sealed record CommitAnswer(string Task);

    private sealed record TaskAnswer(string State, IReadOnlyList<string>? CreatedResources, string? Error);
}
