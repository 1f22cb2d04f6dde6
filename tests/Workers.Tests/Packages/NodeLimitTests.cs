using System.Threading.Channels;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Packages.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>What a node says at its start of limits that hold in part only.</summary>
public sealed class NodeLimitTests : IDisposable
{
    private const int Started = 2100, WithoutGroups = 2113, ProcessorsUnlimited = 2114;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_groups_it_warns() => Assert.Equal([WithoutGroups], await SaidAtStartAsync(ControlGroups.None));

    [Fact]
    public async Task Without_control_of_processors_it_warns() =>
        Assert.Equal([ProcessorsUnlimited], await SaidAtStartAsync(new([new(_folder.Path, ["memory", "pids"])], IsUnified: true)));

    [Fact]
    public async Task With_all_of_it_it_says_nothing() =>
        Assert.Empty(await SaidAtStartAsync(new([new(_folder.Path, ["memory", "pids", "cpu"])], IsUnified: true)));

    [Fact]
    public async Task Where_groups_cannot_be_made_after_all_it_warns() =>
        Assert.Equal([WithoutGroups], await SaidAtStartAsync(new([new("/proc/none", ["memory", "pids", "cpu"])], IsUnified: true)));

    private async Task<IReadOnlyList<int>> SaidAtStartAsync(ControlGroups groups)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Path"] = _folder["data"], ["Node:MasterUrl"] = "http://127.0.0.1:9", ["Node:Arches:0"] = "amd64",
        });
        using var said = new Said();
        builder.Logging.AddProvider(said);
        builder.Services.AddBuildNode().AddSingleton(groups);
        using var node = builder.Build();
        await node.StartAsync(TestContext.Current.CancellationToken);
        var before = new List<int>();
        await foreach (var id in said.Events.ReadAllAsync(TestContext.Current.CancellationToken).TakeWhile(id => id is not Started))
            before.Add(id);

        await node.StopAsync(TestContext.Current.CancellationToken);
        return before;
    }

    /// <summary>Numbers of what the node logs.</summary>
    private sealed class Said : ILoggerProvider, ILogger
    {
        private readonly Channel<int> _events = Channel.CreateUnbounded<int>();

        public ChannelReader<int> Events => _events.Reader;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id is Started or WithoutGroups or ProcessorsUnlimited)
                _events.Writer.TryWrite(eventId.Id);
        }

        public void Dispose()
        {
        }
    }
}
