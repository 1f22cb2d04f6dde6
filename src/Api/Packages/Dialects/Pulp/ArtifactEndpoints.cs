using EventSourced.Api.Hosting.Errors;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages.Dialects.Pulp;

public static class ArtifactEndpoints
{
    public static IEndpointRouteBuilder MapArtifacts(this IEndpointRouteBuilder pulp)
    {
        pulp.MapGet("/artifacts/", Find).WithTags("Artifacts");
        pulp.MapGet("/artifacts/{sha256}/", Get).WithTags("Artifacts");
        pulp.MapGet("/tasks/{sha256}/", GetTask).WithTags("Tasks");
        return pulp;
    }

    /// <summary>A node that finds its file here does not send it again and refers to it later.</summary>
    private static async Task<Ok<ArtifactPage>> Find(string? sha256, IArtifactStore store, CancellationToken ct)
    {
        if (sha256 is null || !ArtifactHrefs.IsDigest(sha256))
            throw InvalidRequestException.Of("query", "sha256", "must be 64 lower-case hex digits");

        IReadOnlyList<ArtifactResponse> found = await store.RenewAsync(sha256, ct) is { } artifact ? [ToResponse(artifact)] : [];
        return TypedResults.Ok(new ArtifactPage(found.Count, Next: null, Previous: null, found));
    }

    private static async Task<Ok<ArtifactResponse>> Get(string sha256, IArtifactStore store, CancellationToken ct) =>
        TypedResults.Ok(ToResponse(await RequireAsync(sha256, store, ct)));

    /// <summary>A commit has ended before it is answered, so its task is the artifact.</summary>
    private static async Task<Ok<TaskResponse>> GetTask(string sha256, IArtifactStore store, CancellationToken ct)
    {
        var artifact = await RequireAsync(sha256, store, ct);
        return TypedResults.Ok(new TaskResponse(PulpHrefs.OfTask(artifact.Sha256), "completed", [ArtifactHrefs.Of(artifact.Sha256)]));
    }

    private static async Task<StoredArtifact> RequireAsync(string sha256, IArtifactStore store, CancellationToken ct) =>
        await store.RenewAsync(sha256, ct) ?? throw RequestRefusedException.NotFound("The artifact");

    private static ArtifactResponse ToResponse(StoredArtifact artifact) => new(ArtifactHrefs.Of(artifact.Sha256), artifact.Sha256, artifact.SizeBytes);
}

public sealed record ArtifactPage(int Count, string? Next, string? Previous, IReadOnlyList<ArtifactResponse> Results);

public sealed record ArtifactResponse(string PulpHref, string Sha256, long Size);

public sealed record TaskResponse(string PulpHref, string State, IReadOnlyList<string> CreatedResources);
