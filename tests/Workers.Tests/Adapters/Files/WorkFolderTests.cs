using EventSourced.ServiceDefaults.Postgres;
using EventSourced.Support;
using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Tests.Crash;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventSourced.Workers.Tests.Adapters.Files;

public sealed class WorkFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Parent => folder["work"];

    [Fact]
    public void It_is_gone_with_all_that_is_in_it_when_the_work_is_done()
    {
        using (var work = WorkFolder.In(Parent, "7-1-"))
        {
            Assert.StartsWith(Path.Combine(Parent, "7-1-"), work.Path, StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(work.Path, "deep")).FullName, "file"), "x");
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(Parent));
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_by_the_next_and_nothing_else_is()
    {
        using var other = WorkFolder.In(Parent);
        Abandon("abandoned");
        File.WriteAllText(Path.Combine(Parent, "gone.at-work"), "");
        var foreign = Directory.CreateDirectory(Path.Combine(Parent, "foreign")).FullName;

        using var work = WorkFolder.In(Parent);

        Assert.Equal(
            new[] { foreign, other.Path, work.Path }.Order(StringComparer.Ordinal), Directory.EnumerateDirectories(Parent).Order(StringComparer.Ordinal));
        Assert.Equal(2, Directory.EnumerateFiles(Parent).Count());
    }

    [Fact]
    public async Task However_many_begin_at_once_each_keeps_the_mark_by_which_it_is_found()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var n = 0; n < 200; n++)
            {
                using var work = WorkFolder.In(Parent);
                Assert.True(File.Exists(work.Path + ".at-work"));
            }
        })));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Parent));
    }

    [Fact]
    public async Task A_host_removes_what_a_killed_one_left_as_it_starts_and_later_what_was_held_then()
    {
        var token = TestContext.Current.CancellationToken;
        var first = Abandon("first");
        var second = Abandon("second");
        var held = FileLock.TryExclusive(second + ".at-work");
        var clock = new ManualClock();
        using var sweep = new AbandonedWork(Parent, clock, NullLogger<AbandonedWork>.Instance);

        await sweep.StartAsync(token);
        await Until.TrueAsync("what the killed one left is gone", () => !Directory.Exists(first), token);
        Assert.True(Directory.Exists(second));

        held?.Dispose();
        clock.Advance(TimeSpan.FromMinutes(1));
        await Until.TrueAsync("what was held is gone", () => !Directory.EnumerateFileSystemEntries(Parent).Any(), token);
        await sweep.StopAsync(token);
    }

    [Fact]
    public async Task Where_its_folder_cannot_be_made_a_host_says_so_once_and_looks_again()
    {
        var token = TestContext.Current.CancellationToken;
        File.WriteAllText(Parent, "");
        var (clock, said) = (new ManualClock(), new Said());
        using var sweep = new AbandonedWork(Parent, clock, said);

        await sweep.StartAsync(token);
        await Until.TrueAsync("it has said so", () => said.Count is 1, token);
        clock.Advance(TimeSpan.FromMinutes(1));
        File.Delete(Parent);
        var first = Abandon("first");
        clock.Advance(TimeSpan.FromMinutes(1));
        await Until.TrueAsync("what a killed process left is gone", () => !Directory.Exists(first), token);

        Assert.Equal(1, said.Count);
        await sweep.StopAsync(token);
    }

    public void Dispose() => folder.Dispose();

    private string Abandon(string name)
    {
        var path = Path.Combine(Parent, name);
        Directory.CreateDirectory(Path.Combine(path, "deep"));
        File.WriteAllText(path + ".at-work", "");
        return path;
    }

    private sealed class Said : ILogger<AbandonedWork>
    {
        private int count;

        public int Count => Volatile.Read(ref count);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Interlocked.Increment(ref count);
    }
}
