using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A build system of one task that answers a node as told, over HTTP, with a real artifact store; for what the real one does only in bad times.</summary>
public sealed class NodeMaster : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<JsonObject> _tasks = new();
    private readonly TaskCompletionSource<JsonObject> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<string>> _log = [];
    private readonly Dictionary<int, StringBuilder> _texts = [];
    private readonly ConcurrentDictionary<string, int> _refusals = new();
    private int _refusalStatus = 503;
    private WebApplication _app = null!;

    public Uri Address => new(_app.Urls.First());

    public FileArtifactStore Store { get; private set; } = null!;

    /// <summary>The first accepted report.</summary>
    public Task<JsonObject> Report => _report.Task;

    /// <summary>Completes with the first ping that names the task.</summary>
    public TaskCompletionSource Pinged { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Named as lost in every answer to a ping.</summary>
    public int? Lost { get; set; }

    /// <summary>Answers the next ping that names a task, with what this returns.</summary>
    public Func<Task<IResult>>? AnswerNextPing { get; set; }

    /// <summary>Answers the next question for a task of either kind of node, with what this returns.</summary>
    public IResult? NextTask { get; set; }

    /// <summary>An item for each ping of either kind of node.</summary>
    public System.Threading.Channels.Channel<bool> Pings { get; } = System.Threading.Channels.Channel.CreateUnbounded<bool>();

    public int ReportAnswer { get; set; } = 200;

    public ConcurrentBag<string> Credentials { get; } = [];

    public ConcurrentBag<string> Attempts { get; } = [];

    public int Asked { get; private set; }

    /// <summary>Tasks and attempts that came back unfinished.</summary>
    public ConcurrentBag<(int Task, string Attempt)> HandedBack { get; } = [];

    /// <summary>Sign tasks to hand out.</summary>
    public ConcurrentQueue<JsonObject> SignTasks { get; } = new();

    /// <summary>Keys that were registered.</summary>
    public ConcurrentQueue<JsonObject> SignKeys { get; } = new();

    /// <summary>The next report on a sign task.</summary>
    public System.Threading.Channels.Channel<JsonObject> SignReports { get; } = System.Threading.Channels.Channel.CreateUnbounded<JsonObject>();

    /// <summary>Completes when a file was asked for that never comes, <c>/files/never</c>.</summary>
    public TaskCompletionSource NeverAsked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sign tasks and attempts that came back unfinished.</summary>
    public ConcurrentBag<(int Task, string Attempt)> SignsHandedBack { get; } = [];

    /// <summary>A sign task that is somebody else's by now.</summary>
    public int? SignLost { get; set; }

    public static async Task<NodeMaster> StartAsync()
    {
        var master = new NodeMaster();
        master.Store = new FileArtifactStore(master._folder.Path, TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        master._app = builder.Build();
        master.Map();
        await master._app.StartAsync(TestContext.Current.CancellationToken);
        return master;
    }

    public void Queue(
        int id, string url, string? reference, string type = "deb", int attempt = 1, string arch = "amd64", int refType = 1, string? builtSource = null, string? hash = null,
        string? repository = null) =>
        _tasks.Enqueue(new JsonObject
        {
            ["id"] = id, ["attempt"] = attempt, ["arch"] = arch, ["build_id"] = 40, ["built_srpm_url"] = builtSource, ["srpm_hash"] = hash,
            ["ref"] = new JsonObject { ["url"] = url, ["git_ref"] = reference, ["ref_type"] = refType, ["git_commit_hash"] = null },
            ["platform"] = new JsonObject
            {
                ["name"] = "Demo", ["type"] = type, ["data"] = new JsonObject { ["timeout"] = 600, ["definitions"] = new JsonObject { ["dist"] = ".d9" } },
            },
            ["created_by"] = new JsonObject { ["name"] = "ann", ["email"] = "" }, ["repositories"] = repository is null ? [] : new JsonArray(RepositoryAt(repository)), ["linked_builds"] = new JsonArray(),
        });

    private static JsonObject RepositoryAt(string url) => new() { ["name"] = "Demo-amd64-40-br", ["url"] = url, ["priority"] = 10, ["mock_enabled"] = true };

    /// <summary>Answers the next request of this kind (<c>PUT upload</c>, <c>POST build_done</c>…) with this status so many times.</summary>
    public void Refuse(string kind, int times, int status = 503) => (_refusals[kind], _refusalStatus) = (times, status);

    /// <summary>Completes when a running log contains the text.</summary>
    public Task LogContainsAsync(string text)
    {
        lock (_texts)
        {
            var seen = _log.GetOrAdd(_log.Count, _ => new TaskCompletionSource<string>(text, TaskCreationOptions.RunContinuationsAsynchronously));
            CompleteSeen();
            return seen.Task;
        }
    }

    /// <summary>Source packages it hands over by file name, and with which credential each was asked for.</summary>
    public Dictionary<string, byte[]> Sources { get; } = [];

    public ConcurrentBag<(string Name, string Credential)> SourcesAsked { get; } = [];

    public string SourceUrl(string name) => new Uri(Address, $"/pulp/content/builds/Demo-src-40-br/Packages/x/{name}").AbsoluteUri;

    /// <summary>The running logs of all tasks, one after another.</summary>
    public string Log
    {
        get
        {
            lock (_texts)
                return string.Concat(_texts.Values);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    private void Map()
    {
        _app.Use(async (context, next) =>
        {
            Credentials.Add(context.Request.Headers.Authorization.ToString());
            await next();
        });
        _app.MapPost("/api/v1/build_node/get_task", () =>
        {
            Asked++;
            return TakeNextTask() ?? Results.Json(_tasks.TryDequeue(out var task) ? task : null);
        });
        _app.MapPost("/api/v1/build_node/ping", async (JsonObject body) =>
        {
            Pings.Writer.TryWrite(true);
            var names = body["active_tasks"]!.AsArray().Count > 0;
            if (names)
                Pinged.TrySetResult();

            return names && NextPing() is { } answer ? await answer() : Results.Json(new { lost_tasks = Lost is { } lost ? new[] { lost } : [] });
        });
        _app.MapPost("/api/v1/build_node/build_done", (HttpRequest request, JsonObject body) => OrRefusal("POST build_done", () =>
        {
            Attempts.Add(request.Headers["X-Attempt"].ToString());
            _report.TrySetResult(body);
            return Results.Json(new { ok = ReportAnswer is 200 }, statusCode: ReportAnswer);
        }));
        _app.MapPost("/api/build-tasks/{id:int}/hand-back", (int id, HttpRequest request) => OrRefusal("POST hand-back", () =>
        {
            HandedBack.Add((id, request.Headers["X-Attempt"].ToString()));
            return Results.NoContent();
        }));
        _app.MapPut("/api/build-tasks/{id:int}/log", AppendLogAsync);
        _app.MapGet("/pulp/content/builds/Demo-src-40-br/Packages/x/{name}", (string name, HttpRequest request) =>
        {
            SourcesAsked.Add((name, request.Headers.Authorization.ToString()));
            return _refusals.AddOrUpdate("GET source", -1, (_, left) => left - 1) >= 0 || !Sources.TryGetValue(name, out var bytes) ? Results.NotFound() : Results.Bytes(bytes);
        });
        MapSigning();
        MapStore();
    }

    private async Task<IResult> AppendLogAsync(int id, int offset, HttpRequest request)
    {
        var text = await new StreamReader(request.Body).ReadToEndAsync(request.HttpContext.RequestAborted);
        return OrRefusal("PUT log", () =>
        {
            lock (_texts)
            {
                if (!_texts.TryGetValue(id, out var log))
                    _texts[id] = log = new StringBuilder();

                Assert.Equal(log.Length, offset);
                log.Append(text);
                CompleteSeen();
            }

            return Results.NoContent();
        });
    }

    private void CompleteSeen()
    {
        foreach (var waiting in _log.Values.Where(w => Log.Contains((string)w.Task.AsyncState!, StringComparison.Ordinal)))
            waiting.TrySetResult("");
    }

    private void MapSigning()
    {
        _app.MapPost("/api/v1/sign-keys/new/", (JsonObject body) =>
        {
            SignKeys.Enqueue(body);
            return Results.Json(body, statusCode: SignKeys.Count is 1 ? 201 : 400);
        });
        _app.MapPost("/api/v1/sign-tasks/get_sign_task/", () => TakeNextTask() ?? Results.Json(SignTasks.TryDequeue(out var task) ? task : []));
        _app.MapPost("/api/sign-tasks/{id:int}/ping", async (int id) =>
        {
            Pings.Writer.TryWrite(true);
            return NextPing() is { } answer ? await answer() : Results.StatusCode(SignLost == id ? 409 : 204);
        });
        _app.MapPost("/api/sign-tasks/{id:int}/hand-back", (int id, HttpRequest request) => OrRefusal("POST hand-back", () =>
        {
            SignsHandedBack.Add((id, request.Headers["X-Attempt"].ToString()));
            return Results.NoContent();
        }));
        _app.MapGet("/files/never", async (CancellationToken token) =>
        {
            NeverAsked.TrySetResult();
            await new TaskCompletionSource().Task.WaitAsync(token);
        });
        _app.MapPost("/api/v1/sign-tasks/{id:int}/complete/", (int id, HttpRequest request, JsonObject body) => OrRefusal("POST complete", () =>
        {
            (body["task"], body["attempt"]) = (id, request.Headers["X-Attempt"].ToString());
            SignReports.Writer.TryWrite(body);
            return Results.Json(new { success = true });
        }));
        _app.MapGet("/files/{sha256}", async (string sha256, CancellationToken token) =>
            await Store.OpenAsync(sha256, range: null, token) is { } bytes ? Results.Stream(bytes) : Results.NotFound());
    }

    private void MapStore()
    {
        _app.MapGet("/pulp/api/v3/artifacts/", async (string sha256, CancellationToken token) => Results.Json(new
        {
            results = await Store.ExistsAsync(sha256, token) ? new[] { new { pulp_href = $"/pulp/api/v3/artifacts/{sha256}/" } } : [],
        }));
        _app.MapPost("/pulp/api/v3/uploads/", async (JsonObject body, CancellationToken token) =>
            Results.Json(new { pulp_href = $"/pulp/api/v3/uploads/{(await Store.BeginUploadAsync((long)body["size"]!, token)).Id}/" }));
        _app.MapPut("/pulp/api/v3/uploads/{id:guid}/", async (Guid id, HttpRequest request, CancellationToken token) =>
        {
            await using var chunk = (await request.ReadFormAsync(token)).Files["file"]!.OpenReadStream();
            var range = System.Net.Http.Headers.ContentRangeHeaderValue.Parse(request.Headers.ContentRange.ToString());
            var upload = await Store.WriteChunkAsync(id, range.From!.Value, chunk, token);
            return OrRefusal("PUT upload", () => Results.Json(new { pulp_href = $"/pulp/api/v3/uploads/{upload.Id}/" }));
        });
        _app.MapPost("/pulp/api/v3/uploads/{id:guid}/commit/", async (Guid id, JsonObject body, CancellationToken token) =>
            Results.Json(new { task = $"/pulp/api/v3/tasks/{(await Store.CommitUploadAsync(id, (string)body["sha256"]!, token)).Sha256}/" }));
        _app.MapGet("/pulp/api/v3/tasks/{sha256}/", (string sha256) =>
            Results.Json(new { state = "completed", created_resources = new[] { $"/pulp/api/v3/artifacts/{sha256}/" } }));
    }

    private IResult? TakeNextTask()
    {
        var answer = NextTask;
        NextTask = null;
        return answer;
    }

    private Func<Task<IResult>>? NextPing()
    {
        var answer = AnswerNextPing;
        AnswerNextPing = null;
        return answer;
    }

    private IResult OrRefusal(string kind, Func<IResult> answer) =>
        _refusals.AddOrUpdate(kind, -1, (_, left) => left - 1) >= 0 ? Results.Text("No, never.", statusCode: _refusalStatus) : answer();
}
