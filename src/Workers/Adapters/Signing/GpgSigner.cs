using System.Text;
using EventSourced.ServiceDefaults.Postgres;
using EventSourced.Workers.Adapters.Processes;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Adapters.Signing;

/// <summary>
/// Signs by GnuPG in a private home. One call at a time among all processes that share the home: the key is made once, and the agent that gpg starts is
/// ended before the next begins.
/// </summary>
public sealed class GpgSigner(IOptions<SigningOptions> options) : ISigner
{
    /// <summary>The agent's socket lies in the home, and a socket's path ends at 107 bytes.</summary>
    private const int LongestHome = 80;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly string[] Unattended = ["--batch", "--yes", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", ""];

    public async Task<Signature> SignAsync(ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        var home = Directory.CreateDirectory(Path.GetFullPath(options.Value.Home), OwnerOnly).FullName;
        using var held = await FileLock.ExclusiveAsync(Path.Combine(home, "eventsourced.lock"), cancellation);
        var link = home.Length > LongestHome ? Directory.CreateTempSubdirectory("es-gpg-") : null;
        var context = new ToolContext { Environment = new Dictionary<string, string> { ["GNUPGHOME"] = ShortHome(home, link) } };
        try
        {
            var key = await FindKeyAsync(context, cancellation) ?? await MakeKeyAsync(context, cancellation);
            var input = context with { Input = text };
            return new Signature(
                key,
                await GpgAsync(["-u", key, "--digest-algo", "SHA512", "--clearsign"], input, cancellation),
                await GpgAsync(["-u", key, "--digest-algo", "SHA512", "--armor", "--detach-sign"], input, cancellation),
                await GpgAsync(["--armor", "--export", key], context, cancellation));
        }
        finally
        {
            await Tool.RunAsync("gpgconf", ["--kill", "all"], context, CancellationToken.None);
            link?.Delete(recursive: true);
        }
    }

    private async Task<string> MakeKeyAsync(ToolContext context, CancellationToken cancellation)
    {
        await GpgAsync(["--quick-gen-key", options.Value.KeyName, "rsa3072", "sign", "never"], context, cancellation);
        return await FindKeyAsync(context, cancellation) ?? throw new InvalidOperationException("gpg made no key.");
    }

    /// <summary>The fingerprint of the first secret key (lines <c>fpr:::::::::FINGERPRINT:</c>); null when there is none.</summary>
    private static async Task<string?> FindKeyAsync(ToolContext context, CancellationToken cancellation) =>
        Encoding.ASCII.GetString(await GpgAsync(["--list-secret-keys", "--with-colons"], context, cancellation))
            .Split('\n').Select(line => line.Split(':')).FirstOrDefault(fields => fields is ["fpr", ..])?[9];

    private static Task<byte[]> GpgAsync(string[] arguments, ToolContext context, CancellationToken cancellation) =>
        Tool.RunAsync("gpg", [.. Unattended, .. arguments], context, cancellation);

    private static string ShortHome(string home, DirectoryInfo? link) =>
        link is null ? home : Directory.CreateSymbolicLink(Path.Combine(link.FullName, "home"), home).FullName;
}
