using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Adapters.Signing;

namespace EventSourced.Workers.Packages.SignNode;

/// <summary>Signs files in place with a key of an open home: rpms by <c>rpmsign</c>, texts by a clear signature around them.</summary>
internal sealed class PackageSigner(GpgHome home, string fingerprint, string folder, TimeSpan limit)
{
    private const string Gpg = "/usr/bin/gpg"; // Debian's rpm looks for gpg2

    /// <returns>What the tool said.</returns>
    /// <exception cref="ToolFailedException">It could not sign.</exception>
    /// <exception cref="SigningFailedException">It took too long.</exception>
    public async Task<string> SignAsync(string type, string path, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        end.CancelAfter(limit);
        try
        {
            return await SignUnlimitedAsync(type, path, end.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new SigningFailedException($"{Path.GetFileName(path)} was not signed within {limit}.");
        }
    }

    private async Task<string> SignUnlimitedAsync(string type, string path, CancellationToken cancellation)
    {
        if (type is "rpm")
            return await SignRpmAsync(path, cancellation);

        var signed = await home.RunAsync(["-u", fingerprint, "--digest-algo", "SHA512", "--clearsign"], await File.ReadAllBytesAsync(path, cancellation), cancellation);
        await File.WriteAllBytesAsync(path, signed, cancellation);
        return $"{Path.GetFileName(path)}: signed";
    }

    private Task<string> SignRpmAsync(string path, CancellationToken cancellation) => Tool.ReadTextAsync(
        "rpmsign",
        [
            "--define", $"_gpg_name {fingerprint}", "--define", $"_gpg_path {home.Path}", "--define", $"__gpg {Gpg}", "--define", $"_tmppath {folder}",
            "--define", "_gpg_sign_cmd_extra_args --batch --pinentry-mode loopback --passphrase ''", "--addsign", path,
        ],
        new ToolContext { WorkingDirectory = folder, Environment = new Dictionary<string, string> { ["HOME"] = folder, ["GNUPGHOME"] = home.Path } }, cancellation);
}
