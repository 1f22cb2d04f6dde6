using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EventSourced.Api.Tests.Packages;

/// <summary>The beholder's side, on the loopback: what it answers is said per distribution, of which it knows no other.</summary>
public sealed class BeholderServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, RequestDelegate> answers = [];
    private readonly ConcurrentQueue<(string Request, string Body)> asked = [];

    private BeholderServer(WebApplication app) => this.app = app;

    public string Address => app.Urls.First();

    /// <summary>Its addresses begin below a path, as behind a proxy.</summary>
    public static async Task<BeholderServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        var server = new BeholderServer(builder.Build());
        server.app.Map("/below/api/v1/distros/{distribution}/{**rest}", server.AnswerAsync);
        await server.app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public void Knows(string distribution, RequestDelegate answer) => answers[distribution] = answer;

    public void Knows(string distribution, string json) => Knows(distribution, context => context.Response.WriteAsync(json));

    /// <summary>What was asked about a distribution.</summary>
    public IReadOnlyList<(string Request, string Body)> AskedAbout(string distribution) =>
        [.. asked.Where(question => question.Request.Contains($"/distros/{distribution}/", StringComparison.Ordinal))];

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(string distribution, HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        asked.Enqueue(($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}", await reader.ReadToEndAsync(context.RequestAborted)));
        if (answers.TryGetValue(distribution, out var answer))
            await answer(context);
        else
            context.Response.StatusCode = StatusCodes.Status404NotFound;
    }
}

/// <summary>Both hosts with a beholder; files are references to a store elsewhere.</summary>
public sealed class BeholderHosts : BothHosts
{
    public BeholderServer Beholder { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        Beholder = await BeholderServer.StartAsync();
        Api.Settings["Beholder:Url"] = WorkersSettings["Beholder:Url"] = $"{Beholder.Address}/below";
        Api.Settings["Artifacts:Mode"] = WorkersSettings["Artifacts:Mode"] = "Trust";
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Beholder.DisposeAsync();
    }
}
