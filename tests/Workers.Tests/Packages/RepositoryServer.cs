using System.Net;
using System.Text.RegularExpressions;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>Serves the files of a repository from the artifact store, on a free port.</summary>
public sealed partial class RepositoryServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RepositoryServer(WebApplication app) => _app = app;

    private static readonly PathString Named = "/Demo 9 (für) & 50%-amd64-7-br";

    public Uri Address => new(_app.Urls.First() + "/");

    /// <summary>The same at an address with a name that has to be escaped.</summary>
    public Uri NamedAddress => new(_app.Urls.First() + Named.ToUriComponent() + "/");

    /// <summary>What is served, by path; packages also below the digest that indexes put before their names.</summary>
    public Dictionary<string, string> Digests { get; } = [];

    /// <summary>Paths asked for.</summary>
    public HashSet<string> Asked { get; } = [];

    public static async Task<RepositoryServer> StartAsync(IArtifactStore store)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        var server = new RepositoryServer(builder.Build());
        server._app.UsePathBase(Named);
        server._app.Run(context => server.ServeAsync(context, store));
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public void Serve(IEnumerable<RepositoryFile> files, IEnumerable<RepositoryPackage> packages)
    {
        foreach (var file in files)
            Digests[file.Path] = file.Sha256;

        foreach (var package in packages)
            Digests[package.Path] = package.Sha256!;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    [GeneratedRegex("(?<=Packages/.*)/[0-9a-f]{64}/")]
    private static partial Regex FolderOfDigest();

    private async Task ServeAsync(HttpContext context, IArtifactStore store)
    {
        var path = context.Request.Path.Value!.TrimStart('/');
        lock (Asked)
            Asked.Add(path);

        if (!Digests.TryGetValue(FolderOfDigest().Replace(path, "/"), out var digest))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await using var bytes = await store.OpenAsync(digest, range: null, context.RequestAborted) ?? throw new InvalidOperationException($"{path} is not in the store.");
        context.Response.ContentLength = bytes.Length;
        await bytes.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
