using System.CommandLine;
using System.CommandLine.Parsing;
using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>
/// The main job on real input, from a commit to an installed package, as a client of a running installation: nothing in it reaches around the public API.
/// </summary>
public static class DemoCommand
{
    private const int Failed = 1, ToolsMissing = 3;

    private static readonly string[] Needed =
        ["git", "xz", "dpkg-deb", "dpkg-buildpackage", "g++", "dh", "bwrap", "setpriv", "prlimit", "apt-ftparchive", "gpg", "apt-get"];

    public static Command Create()
    {
        var url = new Option<Uri?>("--url")
        {
            Description = "The API; default: the setting Node:MasterUrl.", CustomParser = result => ParseUrl(result),
        };
        var data = new Option<string?>("--data") { Description = "Folder with the administrator's key; default: the setting Data:Path." };
        var limit = new Option<int>("--timeout") { Description = "Seconds until it gives up.", DefaultValueFactory = _ => 300 };
        var command = new Command("demo", "Takes a commit from Git through the API and a build node to a package that apt-get installs. Exit code 0 only if all of it held.")
        {
            url, data, limit,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var settings = new ConfigurationBuilder().AddEnvironmentVariables().Build();
            return RunAsync(
                parsed.GetValue(url) ?? new Uri(settings["Node:MasterUrl"] ?? "http://127.0.0.1:8080"), parsed.GetValue(data) ?? settings["Data:Path"] ?? ".data",
                TimeSpan.FromSeconds(parsed.GetValue(limit)), cancellation);
        });
        return command;
    }

    private static Uri? ParseUrl(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            return url;

        result.AddError("--url must look like http://127.0.0.1:8080.");
        return null;
    }

    private static async Task<int> RunAsync(Uri url, string data, TimeSpan limit, CancellationToken cancellation)
    {
        var console = new DemoConsole();
        if (MachineTool.All().Where(tool => Needed.Contains(tool.Program) && tool.Find() is null).ToList() is { Count: > 0 } missing)
        {
            console.Fail($"Not installed: {string.Join(", ", missing.Select(tool => $"{tool.Program} (package {tool.Package})"))}.");
            return ToolsMissing;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        end.CancelAfter(limit);
        var folder = Directory.CreateTempSubdirectory("es-demo-");
        try
        {
            using var api = new DemoApi(url, data);
            await new DemoRun(api, console, folder.FullName).RunAsync(end.Token);
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
