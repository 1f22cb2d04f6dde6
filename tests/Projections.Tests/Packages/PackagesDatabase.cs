using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Projections.Tests.Packages;

/// <summary>A database of the packages area. Streams are written as the bus would write them.</summary>
public sealed class PackagesDatabase : TestDatabase
{
    private readonly ManualClock clock = new();
    private DocumentStore? store;

    public static DateTimeOffset Start { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public DocumentStore Store => store ?? throw new InvalidOperationException("The fixture is not initialized.");

    public ManualClock Clock => clock;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        store = On(ConnectionString, clock);
    }

    public override async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Records streams that a decision starts, in one transaction.</summary>
    public async Task StartAsync(params IEnumerable<NewStream> streams)
    {
        await using var session = Store.LightweightSession();
        foreach (var stream in streams)
            session.Events.StartStream(stream.GetType().GenericTypeArguments[0], stream.Key, [.. stream.Events]);

        await session.SaveChangesAsync(Token);
    }

    /// <summary>Records further events of a stream.</summary>
    public async Task AppendAsync(string key, params object[] events)
    {
        await using var session = Store.LightweightSession();
        session.Events.Append(key, events);
        await session.SaveChangesAsync(Token);
    }

    /// <summary>Claims as the bus does; null when there is nothing.</summary>
    public async Task<BuildTaskAssigned?> ClaimAsync(ClaimBuildTask command)
    {
        var now = Clock.GetUtcNow();
        await using var session = Store.LightweightSession();
        if (await Projections.Packages.ClaimBuildTaskHandler.LoadAsync(command, session, now, Token) is not { } stream)
            return null;

        var events = Domain.Packages.BuildTasks.ClaimBuildTaskHandler.Handle(command, stream.Aggregate, now);
        stream.AppendMany(events);
        await session.SaveChangesAsync(Token);
        return (BuildTaskAssigned)events[0];
    }

    /// <summary>Claims together in one transaction, as the bus does; null for those who got nothing.</summary>
    public async Task<IReadOnlyList<BuildTaskAssigned?>> ClaimTogetherAsync(params IReadOnlyList<ClaimBuildTask> commands)
    {
        var now = Clock.GetUtcNow();
        await using var session = Store.LightweightSession();
        var streams = await Projections.Packages.ClaimBuildTaskHandler.LoadManyAsync(commands, session, now, Token);
        var claims = new List<BuildTaskAssigned?>();
        foreach (var (command, stream) in commands.Zip(streams))
        {
            var events = Domain.Packages.BuildTasks.ClaimBuildTaskHandler.Handle(command, stream?.Aggregate, now);
            stream?.AppendMany(events);
            claims.Add((BuildTaskAssigned?)events.SingleOrDefault());
        }

        await session.SaveChangesAsync(Token);
        return claims;
    }

    /// <summary>Asks for a build with ids drawn for it.</summary>
    public Task<BuildRequested> RequestAsync(BuildForm form, IReadOnlyList<BuildPlatform> platforms, params BuildRef[] refs) => RequestAsync(7, form, platforms, refs);

    public async Task<BuildRequested> RequestAsync(int owner, BuildForm form, IReadOnlyList<BuildPlatform> platforms, params BuildRef[] refs)
    {
        await using var session = Store.QuerySession();
        var request = new RequestBuild(await session.NextIdAsync<BuildId>(Token), owner, form, platforms, refs, [], [], [], null, [], false, null);
        var plan = request.Plan();
        request = request with
        {
            TaskIds = await session.NextIdsAsync<BuildTaskId>(plan.Tasks.Count, Token),
            RepositoryIds = await session.NextIdsAsync<RepositoryId>(plan.Repositories.Count, Token),
        };

        var streams = RequestBuildHandler.Handle(request);
        await StartAsync(streams);
        return (BuildRequested)streams[0].Events[0];
    }

    /// <summary>Tells those that wait for a task's source that there is none, as the build would.</summary>
    public async Task HandOverAsync(BuildTaskId from)
    {
        foreach (var task in await ReadAsync(s => s.FollowersOfAsync(from, Token)))
            await AppendAsync(task.StreamKey, new BuildTaskSourceHandedOver(task, new BuildId(1), from, new(null, "4f2a")));
    }

    public async Task<T?> LoadAsync<T>(string id) where T : notnull
    {
        await using var session = Store.QuerySession();
        return await session.LoadAsync<T>(id, Token);
    }

    public async Task<T> ReadAsync<T>(Func<IQuerySession, Task<T>> read)
    {
        await using var session = Store.QuerySession();
        return await read(session);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    protected override async Task PrepareTemplateAsync(string connectionString, CancellationToken token)
    {
        await using var prepared = On(connectionString, TimeProvider.System);
        await prepared.ApplyAllConfiguredChangesToDatabaseAsync(token);
    }

    private static DocumentStore On(string connectionString, TimeProvider clock) => DocumentStore.For(options =>
    {
        options.ConnectionString = connectionString;
        options.TimeProvider = clock;
        options.AddPackages();
        options.Schema.Scripts(PackagesProjections.Scripts);
        options.Projections.Compare(PackagesProjections.Comparisons);
    });
}
