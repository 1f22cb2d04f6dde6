using System.Formats.Tar;
using System.Net;
using System.Net.Sockets;
using EventSourced.Workers.Adapters.Downloads;
using EventSourced.Workers.Adapters.Sandbox;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Adapters.Git;

/// <summary>
/// Fetches one commit as a tar file. git itself runs in the sandbox with the network, in a bare repository without configuration: no hook, filter or
/// submodule of the source ever runs, and nothing is checked out.
/// </summary>
public sealed class GitFetch(Bubblewrap sandbox, IOptions<GitOptions> options)
{
    // Attributes of the source must not change what is archived; a plain file server cannot cut a history short; a commit a server does not hand out alone is looked for in all its branches and tags.
    private const string Script = """
        set -eu
        url=$1 resolve=$2 commit=$3
        shift 3
        git init -q --bare /build/source
        cd /build/source
        printf '* -export-ignore -export-subst -text -ident -working-tree-encoding\n' > info/attributes
        fetch() { git -c protocol.version=2 -c http.followRedirects=false -c http.curloptResolve="$resolve" -c fetch.unpackLimit=1 -c core.hooksPath=/dev/null \
            -c http.lowSpeedLimit=1000 -c http.lowSpeedTime=60 fetch -q --no-tags --no-recurse-submodules "$@"; }
        found=
        for ref in "$@"; do
            if fetch --depth 1 -- "$url" "$ref" 2>/tmp/said || { grep -q 'dumb http' /tmp/said && fetch -- "$url" "$ref" 2>/tmp/said; }; then found=FETCH_HEAD; break; fi
        done
        if [ -z "$found" ] && [ -n "$commit" ]; then
            fetch -- "$url" '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*' && found=$commit
        fi
        if [ -z "$found" ]; then cat /tmp/said >&2; exit 1; fi
        id=$(git rev-parse --verify -q "$found^{commit}") || { echo "The commit $found is not in the repository." >&2; exit 1; }
        exec git archive --format=tar "$id"
        """;

    private static readonly Dictionary<string, string> Environment = new()
    {
        ["GIT_ALLOW_PROTOCOL"] = "https:http",
        ["GIT_CONFIG_NOSYSTEM"] = "1",
        ["GIT_CONFIG_GLOBAL"] = "/dev/null",
        ["GIT_TERMINAL_PROMPT"] = "0",
        ["GIT_ASKPASS"] = "/bin/false",
    };

    /// <returns>The full id of the commit whose files are in <paramref name="tarFile"/>.</returns>
    /// <exception cref="GitFetchException">Not fetched; git's own words went to <paramref name="log"/>.</exception>
    public async Task<string> FetchAsync(
        GitSource source, string tarFile, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> log, CancellationToken cancellation)
    {
        var address = await ResolveAsync(source.Address.IdnHost, cancellation);
        var result = await sandbox.RunAsync(
            new SandboxCommand(
                Script,
                [source.Address.AbsoluteUri, Pin(source.Address, address), source.Commit ?? "", .. source.RefSpecs],
                tarFile)
            { Network = SandboxNetwork.Host, Environment = Environment, WallTime = options.Value.FetchTime, Log = log },
            cancellation);

        if (!result.Succeeded)
            throw new GitFetchException(result.TimedOut ? "The fetch took too long." : "The source could not be fetched.");

        var commit = await CommitOfAsync(tarFile, cancellation);
        return source.Commit is null || source.Commit == commit
            ? commit
            : throw new GitFetchException($"The server delivered the commit {commit} instead of {source.Commit}.");
    }

    private async Task<IPAddress> ResolveAsync(string host, CancellationToken cancellation)
    {
        try
        {
            return await PublicAddresses.ResolveAsync(host, options.Value.PrivateHosts, cancellation);
        }
        catch (AddressRefusedException e)
        {
            throw new GitFetchException(e.Message);
        }
    }

    /// <summary>The name must not resolve to another address between our check and git's connection.</summary>
    private static string Pin(Uri url, IPAddress address) => url.HostNameType is UriHostNameType.Dns
        ? $"{url.IdnHost}:{url.Port}:{(address.AddressFamily is AddressFamily.InterNetworkV6 ? $"[{address}]" : address)}"
        : "";

    /// <summary>git writes the commit's id as a comment of the archive.</summary>
    private static async Task<string> CommitOfAsync(string tarFile, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(tarFile);
        await using var tar = new TarReader(file);
        return await tar.GetNextEntryAsync(copyData: false, cancellation) is PaxGlobalExtendedAttributesTarEntry header
            && header.GlobalExtendedAttributes.TryGetValue("comment", out var commit)
                ? commit
                : throw new GitFetchException("The archive names no commit.");
    }
}
