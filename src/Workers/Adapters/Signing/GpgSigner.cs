using EventSourced.ServiceDefaults.Secrets;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Adapters.Signing;

/// <summary>
/// Signs by GnuPG. Workers share the key, a file that the first of them makes, and nothing else: each signature has a home and an agent of its own, so that nobody
/// waits for a worker that has stalled.
/// </summary>
public sealed class GpgSigner(IOptions<SigningOptions> options) : ISigner
{
    private string Home => Path.GetFullPath(options.Value.Home);

    public async Task<Signature> SignAsync(ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        var secretKey = await SecretKeyAsync(cancellation);
        await using var home = GpgHome.In(Home);
        var key = await home.ImportAsync(secretKey, cancellation);
        return new Signature(
            key,
            await home.RunAsync(["-u", key, "--digest-algo", "SHA512", "--clearsign"], text, cancellation),
            await home.RunAsync(["-u", key, "--digest-algo", "SHA512", "--armor", "--detach-sign"], text, cancellation),
            await home.RunAsync(["--armor", "--export", key], default, cancellation));
    }

    private async Task<byte[]> SecretKeyAsync(CancellationToken cancellation)
    {
        var file = Path.Combine(Home, "signing-key.asc");
        if (!File.Exists(file))
            PrivateFiles.CreateOnce(file, await ChooseKeyAsync(cancellation));

        return await File.ReadAllBytesAsync(file, cancellation);
    }

    /// <summary>The first key of an operator, or of an installation that signed in this home itself; else a new one.</summary>
    private async Task<string> ChooseKeyAsync(CancellationToken cancellation)
    {
        await using var home = GpgHome.In(Home);
        if (Directory.Exists(Path.Combine(Home, "private-keys-v1.d")))
            home.CopyKeys(Home);

        if (await home.FindKeyAsync(cancellation) is { } given)
            return await home.ExportSecretAsync(given, cancellation);

        await home.GenerateAsync(options.Value.KeyName, options.Value.KeyAlgorithm, cancellation);
        var made = await home.FindKeyAsync(cancellation) ?? throw new InvalidOperationException("gpg made no key.");
        return await home.ExportSecretAsync(made, cancellation);
    }
}
