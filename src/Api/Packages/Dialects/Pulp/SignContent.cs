using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace EventSourced.Api.Packages.Dialects.Pulp;

/// <summary>What signing adds to the content: public keys, and the files to be signed that lie in no repository.</summary>
public static class SignContent
{
    private const string KeysRoot = "/pulp/content/sign_keys/", Suffix = ".asc";

    private static readonly string[] Reading = ["GET", "HEAD"];

    /// <summary>Where the public key with this key id is served.</summary>
    public static string PathOf(string? keyId) => $"{KeysRoot}{keyId}{Suffix}";

    public static IEndpointRouteBuilder MapSignContent(this IEndpointRouteBuilder content)
    {
        var group = content.MapGroup("").WithTags("Content").RequireAuthorization(Policies.OpenReading);
        group.MapMethods("/sign_keys/{name}", Reading, PublicKey);
        group.MapMethods("/sign_files/{id:int}/{name}", Reading, FileToSign);
        return content;
    }

    private static async Task<ContentHttpResult> PublicKey(string name, IQuerySession session, CancellationToken ct)
    {
        var keyId = name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : "";
        return await session.SignKeyOfIdAsync(keyId, ct) is { Settings.PublicKey: { } key }
            ? TypedResults.Content(key, "application/pgp-keys")
            : throw RequestRefusedException.NotFound(name);
    }

    private static async Task<IResult> FileToSign(int id, string name, HttpResponse response, IQuerySession session, IArtifactStore store, CancellationToken ct)
    {
        if (await session.SignedTextAsync(id, name, ct) is not { Sha256: { } sha256 } || await store.OpenAsync(sha256, range: null, ct) is not { } bytes)
            throw RequestRefusedException.NotFound(name);

        response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Stream(bytes, ContentTypes.PlainText, entityTag: new EntityTagHeaderValue($"\"{sha256}\""), enableRangeProcessing: true);
    }
}
