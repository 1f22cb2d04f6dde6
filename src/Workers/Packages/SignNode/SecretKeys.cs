using System.Text;
using EventSourced.ServiceDefaults.Secrets;
using EventSourced.Workers.Adapters.Signing;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.SignNode;

/// <summary>The public half of a key of ours.</summary>
public sealed record PublicKey(string Fingerprint, string Armored)
{
    /// <summary>How the build system names it: the last 16 digits.</summary>
    public string KeyId => Fingerprint[^16..];
}

/// <summary>
/// The secret keys of the node: armored files in a folder that only its owner enters. They are given to GnuPG in a home of its own for each use, gone afterwards, and
/// never to anything else.
/// </summary>
public sealed class SecretKeys(IOptions<SignNodeOptions> options)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private string Folder => options.Value.KeyPath;

    /// <summary>The public halves of all keys; one is made when there is none.</summary>
    public async Task<IReadOnlyList<PublicKey>> PublicKeysAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder, OwnerOnly);
        File.SetUnixFileMode(Folder, OwnerOnly);
        if (!Files().Any())
            PrivateFiles.CreateOnce(Path.Combine(Folder, "key.asc"), await GenerateAsync(cancellation));

        await using var home = await OpenAsync(cancellation);
        var keys = new List<PublicKey>();
        foreach (var fingerprint in await home.FindKeysAsync(cancellation))
            keys.Add(new PublicKey(fingerprint, Encoding.ASCII.GetString(await home.RunAsync(["--armor", "--export", fingerprint], default, cancellation))));

        return keys;
    }

    /// <summary>A GnuPG home with all keys; the caller disposes it, and the keys are gone from it.</summary>
    internal async Task<GpgHome> OpenAsync(CancellationToken cancellation)
    {
        var home = GpgHome.In(Folder);
        try
        {
            foreach (var file in Files())
                await home.ImportAsync(await File.ReadAllBytesAsync(file, cancellation), cancellation);

            return home;
        }
        catch
        {
            await home.DisposeAsync();
            throw;
        }
    }

    private IEnumerable<string> Files() => Directory.EnumerateFiles(Folder, "*.asc").Order(StringComparer.Ordinal);

    private async Task<string> GenerateAsync(CancellationToken cancellation)
    {
        await using var home = GpgHome.In(Folder);
        await home.GenerateAsync(options.Value.KeyName, options.Value.KeyAlgorithm, cancellation);
        var made = await home.FindKeyAsync(cancellation) ?? throw new InvalidOperationException("gpg made no key.");
        return await home.ExportSecretAsync(made, cancellation);
    }
}
