using System.Diagnostics;
using System.Text;

namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>A real key in a home of its own, and a node's way to sign with it.</summary>
internal sealed class GpgKey : IAsyncDisposable
{
    private static readonly string[] Unattended = ["--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""];

    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("es-key-");

    private GpgKey() { }

    public string Fingerprint { get; private set; } = "";

    public string KeyId => Fingerprint[^16..];

    public string PublicKey { get; private set; } = "";

    public static async Task<GpgKey> MakeAsync()
    {
        var key = new GpgKey();
        await key.RunAsync("gpg", [.. Unattended, "--quick-gen-key", "A key of a test", "rsa2048", "sign", "never"]);
        key.Fingerprint = (await key.RunAsync("gpg", "--with-colons", "--list-keys")).Split('\n').First(line => line.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];
        key.PublicKey = await key.RunAsync("gpg", "--armor", "--export", key.Fingerprint);
        return key;
    }

    public async Task<byte[]> SignRpmAsync(byte[] rpm)
    {
        var file = await WriteAsync(rpm);
        await RunAsync(
            "rpmsign", "--define", $"_gpg_name {Fingerprint}", "--define", $"_gpg_path {home.FullName}", "--define", "__gpg /usr/bin/gpg",
            "--define", "_gpg_sign_cmd_extra_args --batch --pinentry-mode loopback --passphrase ''", "--addsign", file);
        return await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
    }

    public async Task<byte[]> ClearSignAsync(string text) =>
        Encoding.UTF8.GetBytes(await RunAsync("gpg", [.. Unattended, "-u", Fingerprint, "--output", "-", "--clearsign", await WriteAsync(Encoding.UTF8.GetBytes(text))]));

    public async ValueTask DisposeAsync()
    {
        await RunAsync("gpgconf", "--kill", "all");
        home.Delete(recursive: true);
    }

    private async Task<string> WriteAsync(byte[] bytes)
    {
        var file = Path.Combine(home.FullName, Guid.CreateVersion7().ToString("N"));
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        return file;
    }

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = home.FullName };
        start.Environment["HOME"] = start.Environment["GNUPGHOME"] = home.FullName;
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode is 0, $"{program} ended with {process.ExitCode}: {await said}{output}");
        return output;
    }
}
