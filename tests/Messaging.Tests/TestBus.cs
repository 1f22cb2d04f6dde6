using EventSourced.Messaging.Tests.Orders;
using EventSourced.Messaging.Tracking;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventSourced.Messaging.Tests;

/// <summary>A host with the bus over the orders, as a process would run it.</summary>
internal sealed class TestBus : IAsyncDisposable
{
    private readonly IHost host;
    private readonly AsyncServiceScope scope;
    private bool stopped;

    private TestBus(IHost host, LogWatch log) => (this.host, Log, scope) = (host, log, host.Services.CreateAsyncScope());

    public LogWatch Log { get; }

    public IDocumentStore Store => host.Services.GetRequiredService<IDocumentStore>();

    public PackingTable Table => host.Services.GetRequiredService<PackingTable>();

    public IDeadLetters DeadLetters => host.Services.GetRequiredService<IDeadLetters>();

    /// <summary>How many letters it took away.</summary>
    public async Task<int> ReplayAsync(long letter)
    {
        var moved = await MoveAsync("es.dead_letters_replay", letter);
        Store.WakeUps.Raise(MessageStorage.WakeUpTopic);
        return moved;
    }

    /// <inheritdoc cref="ReplayAsync"/>
    public Task<int> DiscardAsync(long letter) => MoveAsync("es.dead_letters_discard", letter);

    private async Task<int> MoveAsync(string function, long letter)
    {
        await using var command = Store.DataSource.CreateCommand($"select count(*)::int from {function}(array[{letter}])");
        return (int)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!; // count is never null
    }

    /// <summary>The bus of one caller; <see cref="Context"/> is its context.</summary>
    public IMessageBus Bus => scope.ServiceProvider.GetRequiredService<IMessageBus>();

    public MessageContext Context => scope.ServiceProvider.GetRequiredService<MessageContext>();

    public IServiceProvider Services => host.Services;

    public static async Task<TestBus> StartAsync(string connectionString, Action<MessagingOptions>? configure = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        var log = new LogWatch();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<PackingTable>();
        builder.Services.AddEventStore(options => BusDatabase.Configure(options, connectionString));
        builder.Services.AddMessaging(options =>
        {
            var orders = typeof(Order).Assembly.GetExportedTypes().Where(t => t.Namespace?.StartsWith(typeof(Order).Namespace!, StringComparison.Ordinal) is true).ToList();
            Type[] effects = [.. orders.Where(t => t.Namespace != typeof(Order).Namespace), .. OrderEffects.Types];
            options.DecisionTypes.AddRange(orders.Except(effects));
            options.HandlerTypes.AddRange(effects);
            options.Role = "test";
            options.DrainQueue = true;
            options.Refusals<Domain.RuleViolationException>();
            configure?.Invoke(options);
        });
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new TestBus(host, log);
    }

    public ActivityTracker TrackActivity() => host.TrackActivity().Timeout(TimeSpan.FromSeconds(20));

    public async Task<Order?> OrderAsync(int id)
    {
        await using var session = Store.QuerySession();
        return await session.Events.AggregateStreamAsync<Order>(new OrderId(id).StreamKey, token: TestContext.Current.CancellationToken);
    }

    public async Task<IReadOnlyList<IEvent>> EventsAsync(int id)
    {
        await using var session = Store.QuerySession();
        return await session.Events.FetchStreamAsync(new OrderId(id).StreamKey, token: TestContext.Current.CancellationToken);
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, params object[] parameters)
    {
        await using var session = Store.QuerySession();
        return await session.QueryAsync<T>(sql, TestContext.Current.CancellationToken, parameters);
    }

    public async Task StopAsync()
    {
        stopped = true;
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await scope.DisposeAsync();
        if (!stopped)
            await host.StopAsync(CancellationToken.None);

        host.Dispose();
    }
}
