using System.Text;
using EventSourced.ServiceDefaults.Postgres;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Adapters.Signing;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Adapters;

public sealed class GpgSignerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Signatures_verify_with_the_exported_key_alone_and_a_changed_text_does_not()
    {
        var signature = await Signer("home").SignAsync("text\n"u8.ToArray(), Cancellation);

        Assert.Equal(40, signature.Fingerprint.Length);
        await VerifyAsync(signature, "text\n");
        await Assert.ThrowsAsync<ToolFailedException>(() => VerifyAsync(signature, "Text\n"));
        Assert.StartsWith("-----BEGIN PGP SIGNED MESSAGE-----", Encoding.UTF8.GetString(signature.ClearSigned));
    }

    [Fact]
    public async Task Many_at_once_make_one_key()
    {
        var signatures = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Signer("home").SignAsync(Encoding.UTF8.GetBytes($"{i}\n"), Cancellation)));

        Assert.Single(signatures.Select(s => s.Fingerprint).Distinct());
    }

    [Fact]
    public async Task The_home_is_private_and_its_agent_ended()
    {
        await Signer("home").SignAsync("text\n"u8.ToArray(), Cancellation);

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["home/at-work"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["home/signing-key.asc"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["home"]));
        await Until.TrueAsync("its agent has ended", () => SandboxRun.Processes(_folder["home"]) is 0, Cancellation);
    }

    [Fact]
    public async Task The_key_an_operator_has_put_there_signs()
    {
        var home = Directory.CreateDirectory(_folder["home"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        var gpg = new ToolContext { Environment = new Dictionary<string, string> { ["GNUPGHOME"] = home } };
        await Tool.RunAsync("gpg", ["--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key", "Own key", "rsa3072", "sign", "never"], gpg, Cancellation);
        var listed = await Tool.ReadTextAsync("gpg", ["--list-keys", "--with-colons"], gpg, Cancellation);
        await Tool.RunAsync("gpgconf", ["--kill", "all"], gpg, Cancellation);

        var signature = await Signer("home").SignAsync("text\n"u8.ToArray(), Cancellation);

        Assert.Contains($":{signature.Fingerprint}:", listed, StringComparison.Ordinal);
        await VerifyAsync(signature, "text\n");
    }

    [Fact]
    public async Task What_a_dead_worker_left_is_removed_and_what_a_frozen_one_works_on_is_not()
    {
        await Signer("home").SignAsync("text\n"u8.ToArray(), Cancellation);
        Directory.CreateDirectory(_folder["home/at-work/dead"]);
        Directory.CreateDirectory(_folder["home/at-work/frozen"]);
        using var frozen = FileLock.TryExclusive(_folder["home/at-work/frozen.lock"]);

        await Signer("home").SignAsync("text\n"u8.ToArray(), Cancellation);

        Assert.Equal(["frozen", "frozen.lock"], Directory.EnumerateFileSystemEntries(_folder["home/at-work"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_home_with_a_long_path_works()
    {
        var signature = await Signer(new string('x', 100)).SignAsync("text\n"u8.ToArray(), Cancellation);

        await VerifyAsync(signature, "text\n");
    }

    private GpgSigner Signer(string home) => new(Options.Create(new SigningOptions { Home = _folder[home] }));

    private async Task VerifyAsync(Signature signature, string text)
    {
        await File.WriteAllBytesAsync(_folder["key.asc"], signature.PublicKey, Cancellation);
        await File.WriteAllBytesAsync(_folder["text.asc"], signature.Detached, Cancellation);
        await File.WriteAllTextAsync(_folder["text"], text, Cancellation);
        var gpg = new ToolContext { Environment = new Dictionary<string, string> { ["GNUPGHOME"] = Directory.CreateDirectory(_folder["verifier"]).FullName } };
        await Tool.RunAsync("gpg", ["--batch", "--yes", "--dearmor", "-o", _folder["key.gpg"], _folder["key.asc"]], gpg, Cancellation);
        await Tool.RunAsync("gpgv", ["--keyring", _folder["key.gpg"], _folder["text.asc"], _folder["text"]], gpg, Cancellation);
    }
}
