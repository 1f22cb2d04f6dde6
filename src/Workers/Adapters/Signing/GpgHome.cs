using System.Text;
using EventSourced.ServiceDefaults.Postgres;
using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Adapters.Signing;

/// <summary>GnuPG's home for one signature, with an agent of its own; both are gone afterwards. Those of workers that died are removed by the next one.</summary>
internal sealed class GpgHome : IAsyncDisposable
{
    /// <summary>The agent's socket lies in the home, and a socket's path ends at 107 bytes.</summary>
    private const int LongestHome = 80;

    private const string LockExtension = ".lock";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly string[] Unattended = ["--batch", "--yes", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", ""];

    private static readonly string[] Rings = ["pubring.kbx", "pubring.gpg"];

    private readonly DirectoryInfo folder;
    private readonly DirectoryInfo? link;
    private readonly FileLock alive;

    private GpgHome(DirectoryInfo folder, FileLock alive)
    {
        (this.folder, this.alive) = (folder, alive);
        link = folder.FullName.Length > LongestHome ? Directory.CreateTempSubdirectory("es-gpg-") : null;
        var path = link is null ? folder.FullName : Directory.CreateSymbolicLink(System.IO.Path.Combine(link.FullName, "home"), folder.FullName).FullName;
        Path = path;
        Context = new ToolContext { Environment = new Dictionary<string, string> { ["GNUPGHOME"] = path } };
    }

    /// <summary>For programs that run GnuPG themselves.</summary>
    public string Path { get; }

    private ToolContext Context { get; }

    /// <summary>An empty one below a folder that only its owner enters.</summary>
    public static GpgHome In(string folder)
    {
        var homes = Directory.CreateDirectory(System.IO.Path.Combine(Directory.CreateDirectory(folder, OwnerOnly).FullName, "at-work"), OwnerOnly).FullName;
        RemoveAbandoned(homes);
        var path = System.IO.Path.Combine(homes, Guid.CreateVersion7().ToString("N"));
        var alive = FileLock.TryExclusive(path + LockExtension) ?? throw new IOException($"{path} is locked already.");
        return new GpgHome(Directory.CreateDirectory(path, OwnerOnly), alive);
    }

    /// <summary>Takes over the keys of another home.</summary>
    public void CopyKeys(string home)
    {
        var keys = folder.CreateSubdirectory("private-keys-v1.d").FullName;
        foreach (var file in Directory.EnumerateFiles(System.IO.Path.Combine(home, "private-keys-v1.d")))
            File.Copy(file, System.IO.Path.Combine(keys, System.IO.Path.GetFileName(file)));

        foreach (var ring in Rings.Where(ring => File.Exists(System.IO.Path.Combine(home, ring))))
            File.Copy(System.IO.Path.Combine(home, ring), System.IO.Path.Combine(folder.FullName, ring));
    }

    /// <returns>The fingerprint.</returns>
    public async Task<string> ImportAsync(byte[] secretKey, CancellationToken cancellation)
    {
        await RunAsync(["--import"], secretKey, cancellation);
        return await FindKeyAsync(cancellation) ?? throw new InvalidOperationException("What was imported is no secret key.");
    }

    /// <summary>The fingerprint of the first secret key (lines <c>fpr:::::::::FINGERPRINT:</c>); null when there is none.</summary>
    public async Task<string?> FindKeyAsync(CancellationToken cancellation) => await FindKeysAsync(cancellation) is [var first, ..] ? first : null;

    /// <summary>The fingerprints of all secret keys; those of subkeys are left out.</summary>
    public async Task<IReadOnlyList<string>> FindKeysAsync(CancellationToken cancellation)
    {
        var lines = Encoding.UTF8.GetString(await RunAsync(["--list-secret-keys", "--with-colons"], default, cancellation))
            .Split('\n').Select(line => line.Split(':')).Where(fields => fields is ["sec" or "ssb" or "fpr", ..]).ToList();
        return [.. lines.Zip(lines.Skip(1)).Where(pair => pair is { First: ["sec", ..], Second: ["fpr", ..] }).Select(pair => pair.Second[9])];
    }

    /// <summary>Makes a key that signs and never expires.</summary>
    public Task GenerateAsync(string name, KeyAlgorithm algorithm, CancellationToken cancellation) =>
        RunAsync(["--quick-gen-key", name, algorithm.ToString().ToLowerInvariant(), "sign", "never"], default, cancellation);

    public async Task<string> ExportSecretAsync(string key, CancellationToken cancellation) =>
        Encoding.ASCII.GetString(await RunAsync(["--armor", "--export-secret-keys", key], default, cancellation));

    public Task<byte[]> RunAsync(string[] arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation) =>
        Tool.RunAsync("gpg", [.. Unattended, .. arguments], Context with { Input = input }, cancellation);

    public async ValueTask DisposeAsync()
    {
        await Tool.RunAsync("gpgconf", ["--kill", "all"], Context, CancellationToken.None);
        link?.Delete(recursive: true);
        Remove(folder.FullName);
        alive.Dispose();
    }

    /// <summary>An agent that was left ends itself when its socket is gone.</summary>
    private static void RemoveAbandoned(string homes)
    {
        foreach (var home in Directory.EnumerateDirectories(homes))
        {
            using var owned = FileLock.TryExclusive(home + LockExtension);
            if (owned is not null)
                Remove(home);
        }
    }

    /// <summary>Whoever holds its lock. The agent may be removing its sockets at the same time.</summary>
    private static void Remove(string home)
    {
        if (Directory.Exists(home))
            Directory.Delete(home, recursive: true);

        File.Delete(home + LockExtension);
    }
}
