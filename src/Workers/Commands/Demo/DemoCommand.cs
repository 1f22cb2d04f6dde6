using System.CommandLine;
using System.CommandLine.Parsing;
using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>
/// The main job on real input, from a commit to an installed package, as a client of a running installation: nothing in it reaches around the public API.
/// </summary>
public static class DemoCommand
{
    private const int Failed = 1, NotPossibleHere = 3;

    private static readonly string[] Needed =
    [
        "git", "xz", "dpkg-deb", "dpkg-buildpackage", "g++", "dh", "bwrap", "setpriv", "prlimit", "apt-ftparchive", "gpg", "apt-get", "rpmbuild", "rpmsign", "createrepo_c", "dnf",
    ];

    public static Command Create()
    {
        var url = new Option<Uri?>("--url")
        {
            Description = "The API; default: the setting Node:MasterUrl.", CustomParser = result => ParseUrl(result),
        };
        var data = new Option<string?>("--data") { Description = "Folder with the administrator's key, unless EVENTSOURCED_ADMIN_KEY is set; default: the setting Data:Path." };
        var limit = new Option<int>("--timeout") { Description = "Seconds until it gives up.", DefaultValueFactory = _ => 300 };
        var isShort = new Option<bool>("--short") { Description = "Ends with the first installations: no refusals, no second version, no rollback." };
        var command = new Command("demo", "Takes two projects from Git to signed packages in signed repositories, installed by apt-get and dnf, upgraded, and rolled back. Exit code 0 only if all of it held, 3 if it is not possible here.")
        {
            url, data, limit, isShort,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var settings = new ConfigurationBuilder().AddEnvironmentVariables().Build();
            return RunAsync(
                parsed.GetValue(url) ?? new Uri(settings["Node:MasterUrl"] ?? "http://127.0.0.1:8080"), parsed.GetValue(data) ?? settings["Data:Path"] ?? ".data",
                TimeSpan.FromSeconds(parsed.GetValue(limit)), parsed.GetValue(isShort), cancellation);
        });
        return command;
    }

    private static string AdministratorsKey(string data)
    {
        var path = Path.Combine(data, "admin.key");
        return Environment.GetEnvironmentVariable("EVENTSOURCED_ADMIN_KEY") is { Length: > 0 } given ? given
            : File.Exists(path) ? File.ReadAllText(path).Trim()
            : throw new DemoFailedException($"There is no administrator's key at {path}; is the installation with this data folder running?");
    }

    private static async Task<bool> CanIsolateAsync(CancellationToken cancellation)
    {
        if (Environment.IsPrivilegedProcess)
            return true;

        try
        {
            await Tool.RunAsync("unshare", ["--map-root-user", "true"], ToolContext.Default, cancellation);
            return true;
        }
        catch (ToolFailedException)
        {
            return false;
        }
    }

    private static Uri? ParseUrl(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            return url;

        result.AddError("--url must look like http://127.0.0.1:8080.");
        return null;
    }

    private static async Task<int> RunAsync(Uri url, string data, TimeSpan limit, bool isShort, CancellationToken cancellation)
    {
        var console = new DemoConsole();
        if (MachineTool.All().Where(tool => Needed.Contains(tool.Program) && tool.Find() is null).ToList() is { Count: > 0 } missing)
        {
            console.Fail($"Not installed: {string.Join(", ", missing.Select(tool => $"{tool.Program} (package {tool.Package})"))}.");
            return NotPossibleHere;
        }

        if (!await CanIsolateAsync(cancellation))
        {
            console.Fail(
                "Some steps need root here: the isolated builds (steps 3 and 6) and the installations by apt-get and dnf (steps 5 to 7). Other accounts can do both where the kernel lets them "
                + "make user namespaces (sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns, user.max_user_namespaces).");
            return NotPossibleHere;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        end.CancelAfter(limit);
        var folder = Directory.CreateTempSubdirectory("es-demo-");
        try
        {
            using var api = new DemoApi(url, AdministratorsKey(data));
            await new DemoRun(api, console, folder.FullName).RunAsync(isShort, end.Token);
            return 0;
        }
        catch (Exception e) when (e is DemoFailedException or HttpRequestException or ToolFailedException or IOException)
        {
            console.Fail(e.Message);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            console.Fail(cancellation.IsCancellationRequested ? "Stopped." : $"Not done within {limit.TotalSeconds:0} seconds.");
            return Failed;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

/// <summary>Something did not hold that has to.</summary>
public sealed class DemoFailedException(string message) : Exception(message);
