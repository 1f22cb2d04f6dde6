namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>Who the server runs as. PostgreSQL refuses to be root, so root hands it to an account without rights; anyone else runs it himself.</summary>
internal sealed class ServerAccount
{
    private static readonly string[] Preferred = ["postgres", "eventsourced", "nobody"];

    private readonly (string User, string Uid, string Gid)? other;
    private string[] capabilities = [];

    private ServerAccount((string User, string Uid, string Gid)? other) => this.other = other;

    public static ServerAccount Choose()
    {
        if (!Environment.IsPrivilegedProcess)
            return new ServerAccount(null);

        var accounts = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3).ToDictionary(fields => fields[0]);
        var user = Preferred.FirstOrDefault(accounts.ContainsKey)
            ?? throw new ConfigurationException("PostgreSQL cannot run as root and there is no account \"postgres\" for it.");
        return new ServerAccount((user, accounts[user][2], accounts[user][3]));
    }

    /// <summary>The command as that account.</summary>
    public IReadOnlyList<string> Run(params IEnumerable<string> command) =>
        other is { } account
            ? ["setpriv", $"--reuid={account.Uid}", $"--regid={account.Gid}", "--init-groups", "--reset-env", .. capabilities, .. command]
            : [.. command];

    /// <summary>Creates a folder only the server enters.</summary>
    public async Task CreateFolderAsync(string path, CancellationToken cancellation) =>
        await Command.RunAsync(["install", "-d", "-m", "700", .. Ownership, path], cancellation);

    /// <summary>Writes a file only the server reads.</summary>
    public async Task WriteFileAsync(string path, string content, CancellationToken cancellation) =>
        await Command.RunAsync(["install", "-m", "600", .. Ownership, "/dev/stdin", path], cancellation, content);

    /// <summary>
    /// A data folder below a home that only root enters (<c>/root</c> is one) is out of the server's reach. It then gets the right to pass through and
    /// nothing else; the machine's own permissions stay as they are.
    /// </summary>
    public async Task ReachAsync(string folder, CancellationToken cancellation)
    {
        if (other is null || await CanEnterAsync(folder, cancellation))
            return;

        foreach (var capability in (string[])["dac_read_search", "dac_override"])
        {
            capabilities = [$"--inh-caps=+{capability}", $"--ambient-caps=+{capability}"];
            if (await CanEnterAsync(folder, cancellation))
                return;
        }

        throw new ConfigurationException($"The account \"{other.Value.User}\", which PostgreSQL runs as, cannot reach {folder}. Choose another Data:Path.");
    }

    private string[] Ownership => other is { } account ? ["-o", account.Uid, "-g", account.Gid] : [];

    private async Task<bool> CanEnterAsync(string folder, CancellationToken cancellation)
    {
        try
        {
            // Not "test -w": access(2) leaves capabilities out of account.
            await Command.RunAsync(Run("ls", "-A", folder), cancellation);
            return true;
        }
        catch (CommandFailedException)
        {
            return false;
        }
    }
}
