using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>Serves the repositories below a folder on a free port of the loopback address, read-only, by git's own <c>http-backend</c>.</summary>
public sealed class GitHttpServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GitHttpServer(WebApplication app) => _app = app;

    /// <summary>Ends with a slash; a repository's URL is this and its folder's name.</summary>
    public Uri Address => new(_app.Urls.First() + "/");

    public static async Task<GitHttpServer> StartAsync(string folder, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        var app = builder.Build();
        app.Run(context => ServeAsync(context, folder));
        await app.StartAsync(cancellation);
        return new GitHttpServer(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task ServeAsync(HttpContext context, string folder)
    {
        using var process = Process.Start(StartInfo(context.Request, folder)) ?? throw new InvalidOperationException("git did not start.");
        await using var ended = context.RequestAborted.Register(() => process.Kill(entireProcessTree: true));
        await context.Request.Body.CopyToAsync(process.StandardInput.BaseStream, context.RequestAborted);
        process.StandardInput.Close();
        var output = process.StandardOutput.BaseStream;
        await ReadHeadersAsync(output, context.Response, context.RequestAborted);
        await output.CopyToAsync(context.Response.Body, context.RequestAborted);
        await process.WaitForExitAsync(context.RequestAborted);
    }

    private static ProcessStartInfo StartInfo(HttpRequest request, string folder)
    {
        var start = new ProcessStartInfo("git", ["http-backend"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["GIT_PROJECT_ROOT"] = folder;
        start.Environment["GIT_HTTP_EXPORT_ALL"] = "1";
        start.Environment["GIT_CONFIG_COUNT"] = "1";
        start.Environment["GIT_CONFIG_KEY_0"] = "safe.directory";
        start.Environment["GIT_CONFIG_VALUE_0"] = "*";
        start.Environment["PATH_INFO"] = request.Path.Value;
        start.Environment["QUERY_STRING"] = request.QueryString.Value?.TrimStart('?') ?? "";
        start.Environment["REQUEST_METHOD"] = request.Method;
        start.Environment["CONTENT_TYPE"] = request.ContentType ?? "";
        start.Environment["CONTENT_LENGTH"] = request.ContentLength?.ToString(CultureInfo.InvariantCulture) ?? "";
        start.Environment["HTTP_CONTENT_ENCODING"] = request.Headers.ContentEncoding.ToString();
        start.Environment["GIT_PROTOCOL"] = request.Headers["Git-Protocol"].ToString();
        return start;
    }

    /// <summary>CGI: header lines, one of them perhaps <c>Status:</c>, then an empty line.</summary>
    private static async Task ReadHeadersAsync(Stream output, HttpResponse response, CancellationToken cancellation)
    {
        while (await ReadLineAsync(output, cancellation) is { Length: > 0 } line)
        {
            var (name, value) = (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].Trim());
            if (name is "Status")
                response.StatusCode = int.Parse(value[..3], CultureInfo.InvariantCulture);
            else
                response.Headers[name] = value;
        }
    }

    private static async Task<string> ReadLineAsync(Stream output, CancellationToken cancellation)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await output.ReadAsync(one, cancellation) > 0 && one[0] is not (byte)'\n')
            line.Append((char)one[0]);

        return line.ToString().TrimEnd('\r');
    }
}
