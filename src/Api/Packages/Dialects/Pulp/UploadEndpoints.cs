using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.ServiceDefaults.Artifacts;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace EventSourced.Api.Packages.Dialects.Pulp;

public static class UploadEndpoints
{
    public static IEndpointRouteBuilder MapUploads(this IEndpointRouteBuilder pulp, long maxChunkBytes)
    {
        var uploads = pulp.MapGroup("/uploads").WithTags("Uploads");
        uploads.MapPost("/", Begin);
        uploads.MapGet("/{id:guid}/", Get);
        uploads.MapPut("/{id:guid}/", WriteChunk).Accepts<IFormFile>("multipart/form-data").WithMetadata(new ChunkLimit(maxChunkBytes));
        uploads.MapPost("/{id:guid}/commit/", Commit);
        return pulp;
    }

    private static async Task<Created<UploadResponse>> Begin(Body<UploadRequest> body, IArtifactStore store, IOptions<ArtifactOptions> options, CancellationToken ct)
    {
        if (body.Value.Size > options.Value.MaxUploadBytes)
            throw InvalidRequestException.Of("body", "size", $"is more than the {options.Value.MaxUploadBytes} bytes taken here");

        var upload = await store.BeginUploadAsync(body.Value.Size, ct);
        return TypedResults.Created(PulpHrefs.OfUpload(upload.Id), ToResponse(upload));
    }

    private static async Task<Ok<UploadResponse>> Get(Guid id, IArtifactStore store, CancellationToken ct) =>
        TypedResults.Ok(ToResponse(await FindAsync(id, store, ct)));

    private static async Task<Ok<UploadResponse>> WriteChunk(
        Guid id, HttpRequest request, IArtifactStore store, IOptions<ArtifactOptions> options, CancellationToken ct)
    {
        var upload = await FindAsync(id, store, ct);
        var range = ContentRange.Parse(request.Headers.ContentRange.ToString(), upload.SizeBytes);
        if (range.LengthBytes > options.Value.MaxChunkBytes)
            throw new RequestRefusedException(StatusCodes.Status413PayloadTooLarge, "upload.chunk_too_large", $"A chunk has at most {options.Value.MaxChunkBytes} bytes.");

        return TypedResults.Ok(ToResponse(await Guarded(() => WriteAsync(id, range, request, store, ct))));
    }

    private static async Task<Accepted<CommitResponse>> Commit(Guid id, Body<CommitRequest> body, IArtifactStore store, CancellationToken ct)
    {
        var stored = await Guarded(() => store.CommitUploadAsync(id, body.Value.Sha256, ct));
        return TypedResults.Accepted(PulpHrefs.OfTask(stored.Sha256), new CommitResponse(PulpHrefs.OfTask(stored.Sha256)));
    }

    private static async Task<ArtifactUpload> WriteAsync(Guid id, ContentRange range, HttpRequest request, IArtifactStore store, CancellationToken ct)
    {
        await using var content = new ExactLengthStream(await OfClientAsync(() => FileOfAsync(request, ct)), range.LengthBytes);
        return await store.WriteChunkAsync(id, range.From, content, ct);
    }

    /// <summary>Reads from the request.</summary>
    internal static async Task<T> OfClientAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            throw InvalidRequestException.Of("body", "file", "ends too early or is not readable as multipart/form-data");
        }
    }

    /// <summary>The part named <c>file</c>, unread: it goes to the store as it arrives.</summary>
    private static async Task<Stream> FileOfAsync(HttpRequest request, CancellationToken ct)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || HeaderUtilities.RemoveQuotes(type.Boundary).ToString() is not { Length: > 0 and <= 200 } boundary)
            throw new RequestRefusedException(StatusCodes.Status415UnsupportedMediaType, "request.media_type", "The body must be multipart/form-data.");

        var reader = new MultipartReader(boundary, request.Body);
        while (await reader.ReadNextSectionAsync(ct) is { } section)
        {
            if (section.GetContentDispositionHeader()?.Name.ToString().Trim('"') is "file")
                return section.Body;
        }

        throw InvalidRequestException.Of("body", "file", "is required", "missing");
    }

    private static async Task<ArtifactUpload> FindAsync(Guid id, IArtifactStore store, CancellationToken ct) =>
        await store.FindUploadAsync(id, ct) ?? throw RequestRefusedException.NotFound($"The upload {id}");

    private static async Task<T> Guarded<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (ArtifactUploadException e)
        {
            throw e.Problem switch
            {
                ArtifactUploadProblem.Unknown => new RequestRefusedException(StatusCodes.Status404NotFound, "upload.unknown", e.Message),
                ArtifactUploadProblem.Busy => new RequestRefusedException(StatusCodes.Status409Conflict, "upload.busy", e.Message),
                ArtifactUploadProblem.Scattered => new RequestRefusedException(StatusCodes.Status400BadRequest, "upload.scattered", e.Message),
                ArtifactUploadProblem.DigestMismatch => InvalidRequestException.Of("body", "sha256", e.Message),
                _ => new RequestRefusedException(StatusCodes.Status400BadRequest, "upload.incomplete", e.Message),
            };
        }
    }

    private static UploadResponse ToResponse(ArtifactUpload upload) => new(PulpHrefs.OfUpload(upload.Id), upload.SizeBytes, upload.ReceivedBytes);

    private sealed record ChunkLimit(long Bytes) : Microsoft.AspNetCore.Http.Metadata.IRequestSizeLimitMetadata
    {
        private const int MultipartOverheadBytes = 64 * 1024;

        public long? MaxRequestBodySize => Bytes + MultipartOverheadBytes;
    }
}

/// <param name="Size">How many bytes will come.</param>
public sealed record UploadRequest(long Size = -1);

/// <param name="PulpHref">Where the chunks go.</param>
/// <param name="Size">As announced.</param>
/// <param name="Received">How many bytes have come without a gap from the first: where to resume. Chunks may come in any order.</param>
public sealed record UploadResponse(string PulpHref, long Size, long Received);

public sealed record CommitRequest(string Sha256 = "");

public sealed record CommitResponse(string Task);

public sealed class UploadRequestValidator : AbstractValidator<UploadRequest>
{
    public UploadRequestValidator() => RuleFor(r => r.Size).GreaterThanOrEqualTo(0);
}

public sealed class CommitRequestValidator : AbstractValidator<CommitRequest>
{
    public CommitRequestValidator() => RuleFor(r => r.Sha256).Must(ArtifactHrefs.IsDigest).WithMessage("must be 64 lower-case hex digits");
}
