using System.ComponentModel;
using System.Text;
using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Packages.Reports;

namespace EventSourced.Workers.Packages.Signing;

/// <summary>A folder with a key ring and a database of rpm that know one key and no other: what verifies there was signed with it.</summary>
public sealed class SignatureBench : IDisposable
{
    /// <summary>What signing leaves as it is. The digest is of the header, which holds that of the payload.</summary>
    private const string RpmIdentity = "%{NEVRA}\n%{SHA256HEADER}\n%{PAYLOADDIGEST}\n";

    /// <summary>Room for the frame, the signature, and escaped lines.</summary>
    private const int LongestSignature = 64 << 10;

    private const string Begin = "-----BEGIN PGP SIGNED MESSAGE-----\n", End = "-----END PGP SIGNATURE-----\n";

    private readonly VerificationOptions options;
    private readonly WorkFolder work;
    private readonly string folder;
    private readonly string fingerprint;
    private readonly ToolContext context;

    private SignatureBench(VerificationOptions options, WorkFolder work, string fingerprint)
    {
        (this.options, this.work, folder, this.fingerprint) = (options, work, work.Path, fingerprint);
        var home = Directory.CreateDirectory(Path.Combine(folder, "gpg"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        context = new ToolContext
        {
            Limits = PackageFiles.Limits(options), WorkingDirectory = folder, Environment = new Dictionary<string, string> { ["GNUPGHOME"] = home, ["HOME"] = folder },
        };
    }

    private string Database => Path.Combine(folder, "rpmdb");

    /// <exception cref="ReportRefusedException">The key is not the one of the fingerprint, or there are several in it.</exception>
    public static async Task<SignatureBench> PrepareAsync(VerificationOptions options, string publicKey, string fingerprint, CancellationToken cancellation)
    {
        var bench = new SignatureBench(options, WorkFolder.In(options.WorkPath), fingerprint);
        try
        {
            await bench.ImportAsync(publicKey, cancellation);
            return bench;
        }
        catch
        {
            bench.Dispose();
            throw;
        }
    }

    public string FileFor(string name) => Path.Combine(folder, name);

    /// <exception cref="ReportRefusedException">Not signed with the key, or not the same package.</exception>
    public async Task CheckRpmAsync(string name, string unsigned, string signed, CancellationToken cancellation)
    {
        var verdict = await RunAsync($"{name} has no valid signature of {fingerprint}", "rpmkeys", ["--dbpath", Database, "--define", "_pkgverify_level all", "--checksig", signed], cancellation);
        if (!verdict.TrimEnd().EndsWith("digests signatures OK", StringComparison.Ordinal))
            throw new ReportRefusedException($"{name} has no signature.");

        await RunAsync(name, "rpmkeys", ["--dbpath", Database, "--nosignature", "--checksig", unsigned], cancellation);
        var (before, after) = (await IdentityAsync(name, unsigned, cancellation), await IdentityAsync(name, signed, cancellation));
        if (before != after || before.Contains("(none)", StringComparison.Ordinal))
            throw new ReportRefusedException($"{name}: what was signed is not the package that was built.");
    }

    /// <inheritdoc cref="CheckRpmAsync"/>
    public async Task CheckTextAsync(string name, string unsigned, string signed, CancellationToken cancellation)
    {
        if (new FileInfo(signed).Length > new FileInfo(unsigned).Length + LongestSignature)
            throw new ReportRefusedException($"{name} is longer than its text with a signature.");

        var text = await File.ReadAllTextAsync(signed, Encoding.Latin1, cancellation);
        if (!text.StartsWith(Begin, StringComparison.Ordinal) || text.IndexOf(End, StringComparison.Ordinal) != text.Length - End.Length)
            throw new ReportRefusedException($"{name} is not one clear-signed text.");

        var content = FileFor("content");
        var status = await RunAsync($"{name} has no valid signature of {fingerprint}", "gpg", ["--batch", "--yes", "--no-tty", "--no-autostart", "--status-fd", "1", "--output", content, "--decrypt", signed], cancellation);
        var valid = status.Split('\n').Where(line => line.StartsWith("[GNUPG:] VALIDSIG ", StringComparison.Ordinal)).Select(line => line.TrimEnd().Split(' ')[^1]).ToList();
        if (valid is not [var primary] || primary != fingerprint)
            throw new ReportRefusedException($"{name} is not signed with {fingerprint}.");

        if (!(await LinesAsync(content, cancellation)).SequenceEqual(await LinesAsync(unsigned, cancellation)))
            throw new ReportRefusedException($"{name}: what was signed is not the text that was built.");
    }

    public void Dispose() => work.Dispose();

    private async Task ImportAsync(string publicKey, CancellationToken cancellation)
    {
        var file = FileFor("key.asc");
        await File.WriteAllTextAsync(file, publicKey, cancellation);
        var lines = (await RunAsync("The public key", "gpg", ["--batch", "--no-tty", "--no-autostart", "--with-colons", "--show-keys", file], cancellation)).Split('\n');
        var fields = lines.Select(line => line.Split(':')).Where(f => f is ["pub" or "fpr", ..]).ToList();
        if (fields.Count(f => f[0] is "pub") is not 1 || fields is not [["pub", ..], ["fpr", ..] own, ..] || !own[9].Equals(fingerprint, StringComparison.OrdinalIgnoreCase))
            throw new ReportRefusedException($"The public key is not that of {fingerprint}.");

        Directory.CreateDirectory(Database);
        await RunAsync("The public key", "gpg", ["--batch", "--no-tty", "--no-autostart", "--import", file], cancellation);
        await RunAsync("The public key", "rpmkeys", ["--dbpath", Database, "--import", file], cancellation);
    }

    private Task<string> IdentityAsync(string name, string file, CancellationToken cancellation) =>
        RunAsync(name, "rpm", ["--dbpath", Database, "--query", "--nosignature", "--nodigest", "--queryformat", RpmIdentity, "--package", file], cancellation);

    // A clear signature is not about blanks at the end of lines (RFC 4880, 7.1), nor about the end of the last one.
    private static async Task<IReadOnlyList<string>> LinesAsync(string path, CancellationToken cancellation) =>
        [.. (await File.ReadAllTextAsync(path, Encoding.Latin1, cancellation)).TrimEnd('\n').Split('\n').Select(line => line.TrimEnd(' ', '\t', '\r'))];

    private async Task<string> RunAsync(string name, string tool, string[] arguments, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.ToolTime);
        try
        {
            return await Tool.ReadTextAsync(tool, arguments, context, limit.Token);
        }
        catch (ToolFailedException failed)
        {
            throw new ReportRefusedException($"{name}: {failed.Message.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)}");
        }
        catch (Win32Exception)
        {
            throw new ReportRefusedException($"{name}: {tool} is not installed here, so its signature cannot be verified.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ReportRefusedException($"{name}: {tool} did not end within {options.ToolTime}.");
        }
    }
}
