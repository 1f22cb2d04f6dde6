using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace EventSourced.Api.Packages.Dialects.Pulp;

/// <summary>What package managers and browsers fetch: each path is looked up in the published version and answered from the artifact store.</summary>
public static class ContentEndpoints
{
    private const string BuildRoot = "/pulp/content/builds/";

    /// <summary>A path that carries its digest never changes its bytes.</summary>
    private const string Immutable = "public, max-age=31536000, immutable", AlwaysAsk = "no-cache";

    private static readonly string[] Reading = ["GET", "HEAD"];

    public static IEndpointRouteBuilder MapContent(this IEndpointRouteBuilder content)
    {
        var group = content.MapGroup("").WithTags("Content").RequireAuthorization(Policies.OpenReading);
        group.MapMethods("/builds/{name}/{**path}", Reading, BuildContent);
        group.MapMethods("/prod/{name}/{**path}", Reading, ProductionContent);
        group.MapMethods("/build_logs/build-{build:int}-build_log/", Reading, BuildLogList);
        group.MapMethods("/build_logs/build-{build:int}-build_log/{name}", Reading, BuildLog);
        return content;
    }

    private static async Task<IResult> BuildContent(
        string name, string? path, HttpContext context, IQuerySession session, IArtifactStore store, CancellationToken ct)
    {
        var repositories = (await session.RepositoriesNamedAsync(name, ct)).Where(r => r.Settings.Url?.StartsWith(BuildRoot, StringComparison.Ordinal) is true);
        return await ContentAsync(repositories, name, path, context, session, store, ct);
    }

    private static async Task<IResult> ProductionContent(
        string name, string? path, HttpContext context, IQuerySession session, IArtifactStore store, ContentUrls urls, CancellationToken ct)
    {
        var repositories = await session.ProductionRepositoriesAtAsync(name, url => urls.PathOf(url, context.Request), ct);
        return await ContentAsync(repositories, name, path, context, session, store, ct);
    }

    private static async Task<IResult> ContentAsync(
        IEnumerable<RepositoryDetails> repositories, string name, string? path, HttpContext context, IQuerySession session, IArtifactStore store, CancellationToken ct)
    {
        foreach (var repository in repositories)
        {
            if (path is { Length: > 0 } && path[^1] is not '/' && await FileAsync(repository.Number, path, context, session, ct) is { } file)
                return await BytesAsync(file.Sha256, ContentTypes.Of(path), CachingOf(path, file.Sha256), context, store, ct);

            if (ReadyFileOf(repository, path ?? "") is { } ready)
                return Bytes(ready, path ?? "", context);

            if (DirectoryListing.Of(await PathsAsync(repository, session, ct), path ?? "") is { } entries)
                return Listing(entries, context);
        }

        throw RequestRefusedException.NotFound($"{name}/{path}");
    }

    private static Task<RepositoryFile?> FileAsync(int repository, string path, HttpContext context, IQuerySession session, CancellationToken ct) => path switch
    {
        "repodata/repomd.xml" or "dists/stable/Release" when HttpMethods.IsGet(context.Request.Method) =>
            session.ReadIndexAsync(repository, path, ClientOf(context), ct),
        "repodata/repomd.xml.asc" or "dists/stable/Release.gpg" => session.SignatureOfReadIndexAsync(repository, path, ClientOf(context), ct),
        _ => session.ContentAsync(repository, path, ct),
    };

    /// <summary>A file of the empty index, where none is published; later those of it that carry their digest, for clients that read the empty one just before.</summary>
    private static ReadyFile? ReadyFileOf(RepositoryDetails repository, string path) =>
        repository.BuildId is not null && EmptyIndex.Of(repository.Type, repository.Arch).GetValueOrDefault(path) is { } file
        && (IsWithoutIndex(repository) || CarriesDigest(path, file.Sha256)) ? file : null;

    private static async Task<IEnumerable<string>> PathsAsync(RepositoryDetails repository, IQuerySession session, CancellationToken ct)
    {
        var published = (await session.ContentsAsync(repository.Number, ct)).Select(f => f.Path);
        return IsWithoutIndex(repository) ? EmptyIndex.Of(repository.Type, repository.Arch).Keys.Concat(published) : published;
    }

    /// <summary>What is published without an index is signed by nobody, for there is nothing to sign.</summary>
    private static bool IsWithoutIndex(RepositoryDetails repository) => repository is { BuildId: not null, SignedBy: null };

    /// <summary>dnf opens a connection of its own for each file.</summary>
    private static string ClientOf(HttpContext context) => $"{ClientAddress.Network(context.Connection.RemoteIpAddress)} {context.Request.Headers.UserAgent}";

    private static string CachingOf(string path, string sha256) => CarriesDigest(path, sha256) ? Immutable : AlwaysAsk;

    /// <summary><c>by-hash/SHA256/DIGEST</c> of apt, <c>repodata/DIGEST-primary.xml.gz</c> of dnf, <c>Packages/t/DIGEST/tree.rpm</c> of both.</summary>
    private static bool CarriesDigest(string path, string sha256) => path.Contains($"/{sha256}", StringComparison.Ordinal);

    private static async Task<IResult> BuildLogList(int build, HttpContext context, IQuerySession session, CancellationToken ct)
    {
        var logs = await session.BuildLogsAsync(new(build), ct);
        return logs is [] && await session.LoadAsync<BuildDetails>(new BuildId(build).StreamKey, ct) is null
            ? throw RequestRefusedException.NotFound($"Build {build}")
            : Listing([.. logs.Select(l => l.Name).Distinct(StringComparer.Ordinal)], context);
    }

    private static async Task<IResult> BuildLog(int build, string name, HttpContext context, IQuerySession session, IArtifactStore store, CancellationToken ct) =>
        await session.BuildLogAsync(new(build), name, ct) is { Sha256: { } sha256 }
            ? await BytesAsync(sha256, ContentTypes.PlainText, AlwaysAsk, context, store, ct)
            : throw RequestRefusedException.NotFound(name);

    /// <summary>Answers <c>If-None-Match</c>, <c>If-Range</c> and ranges.</summary>
    private static async Task<IResult> BytesAsync(string sha256, string type, string caching, HttpContext context, IArtifactStore store, CancellationToken ct)
    {
        var bytes = await store.OpenAsync(sha256, range: null, ct) ?? throw RequestRefusedException.NotFound(context.Request.Path);
        SetHeaders(caching, context);
        return TypedResults.Stream(bytes, type, entityTag: TagOf(sha256), enableRangeProcessing: true);
    }

    /// <summary>As of a file in the store.</summary>
    private static FileContentHttpResult Bytes(ReadyFile file, string path, HttpContext context)
    {
        SetHeaders(CachingOf(path, file.Sha256), context);
        return TypedResults.Bytes(file.Bytes, ContentTypes.Of(path), enableRangeProcessing: true, entityTag: TagOf(file.Sha256));
    }

    private static EntityTagHeaderValue TagOf(string sha256) => new($"\"{sha256}\"");

    private static void SetHeaders(string caching, HttpContext context)
    {
        context.Response.Headers.CacheControl = caching;
        context.Response.Headers.XContentTypeOptions = "nosniff";
    }

    private static ContentHttpResult Listing(IReadOnlyList<string> entries, HttpContext context)
    {
        SetHeaders(AlwaysAsk, context);
        return TypedResults.Content(DirectoryListing.Html(context.Request.Path, entries), "text/html; charset=utf-8");
    }
}
