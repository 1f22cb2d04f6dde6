using System.Text;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Signing;
using EventSourced.Workers.Packages.Repositories;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A store with a server before it, and what the index of a repository is made of, signed and installed from.</summary>
internal sealed class PublishingBench : IAsyncDisposable
{
    private int _roots;

    private PublishingBench(TemporaryFolder folder, FileArtifactStore store, RepositoryServer server) => (Folder, Store, Server) = (folder, store, server);

    public TemporaryFolder Folder { get; }

    public FileArtifactStore Store { get; }

    public RepositoryServer Server { get; }

    public GpgSigner Signer => SignerIn("gnupg");

    public IOptions<PublishingOptions> Publishing => Options.Create(new PublishingOptions { WorkPath = Folder["publish"] });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<PublishingBench> StartAsync()
    {
        var folder = new TemporaryFolder();
        var store = new FileArtifactStore(folder["artifacts"], TimeProvider.System);
        return new(folder, store, await RepositoryServer.StartAsync(store));
    }

    /// <param name="home">Each has a key of its own.</param>
    public GpgSigner SignerIn(string home) => new(Options.Create(new SigningOptions { Home = Folder[home] }));

    /// <summary>Where nothing is installed yet.</summary>
    public string NewRoot() => Folder[$"root-{++_roots}"];

    public async Task<byte[]> BytesAsync(string digest)
    {
        await using var stream = await Store.OpenAsync(digest, range: null, Cancellation);
        using var copy = new MemoryStream();
        await stream!.CopyToAsync(copy, Cancellation);
        return copy.ToArray();
    }

    public async Task<string> TextAsync(string digest) => Encoding.UTF8.GetString(await BytesAsync(digest));

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Folder.Dispose();
    }
}
