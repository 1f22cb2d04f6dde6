using System.Text;
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

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["home"]));
        Assert.Equal(0, SandboxRun.Processes(_folder["home"]));
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
