using EventSourced.Workers.Tests.Adapters;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>Tasks that are taken away, cannot be worked on, or outlive their node.</summary>
public sealed class BuildNodeStopTests : OneBuildNode
{
    [Theory]
    [InlineData("/proc/self/task")] // a folder that takes no files
    [InlineData("/proc/self/nowhere")] // one that cannot be made
    public async Task A_node_without_room_for_its_work_hands_a_task_back_and_does_not_ask_again_at_once(string workPath)
    {
        Running.Dispose();
        Running = Node(workPath);
        await Running.StartAsync(Cancellation);
        Master.Queue(7, "ext::x", "main");

        await HandedBackAsync();
    }

    [Fact]
    public async Task A_task_that_was_taken_away_is_ended_and_not_reported()
    {
        await CommitRulesAsync("echo build is running; sleep 4715");
        Master.Queue(7, Repository.Url, "main");
        await Running.StartAsync(Cancellation);
        await Master.LogContainsAsync("build is running\n").WaitAsync(Cancellation);

        Master.Lost = 7;
        await Master.Pinged.Task.WaitAsync(Cancellation);
        Master.Queue(8, "ext::x", "main");

        Assert.Equal(8, (int?)(await Master.Report.WaitAsync(Cancellation))["task_id"]);
        Assert.Equal(0, SandboxRun.Processes("sleep\04715"));
        Assert.Empty(Master.HandedBack);
    }

    [Fact]
    public async Task A_build_that_forks_for_ever_is_ended_within_five_seconds_of_the_news()
    {
        await CommitRulesAsync("echo build is running; while :; do setsid sh -c 'trap \"\" TERM; sleep 4717' & done");
        Master.Queue(7, Repository.Url, "main");
        await Running.StartAsync(Cancellation);
        await Master.LogContainsAsync("build is running\n").WaitAsync(Cancellation);

        Master.Lost = 7;
        await Master.Pinged.Task.WaitAsync(Cancellation);
        var learned = TimeProvider.System.GetTimestamp();
        Master.Queue(8, "ext::x", "main");

        Assert.Equal(8, (int?)(await Master.Report.WaitAsync(Cancellation))["task_id"]);
        Assert.Equal(0, SandboxRun.Processes("sleep\04717"));
        Assert.InRange(TimeProvider.System.GetElapsedTime(learned), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_ping_may_be_answered_after_the_run_it_takes_away_has_ended()
    {
        await CommitRulesAsync("sleep 1; false");
        var over = new TaskCompletionSource();
        var asked = new TaskCompletionSource();
        Master.AnswerNextPing = async () =>
        {
            asked.SetResult();
            await over.Task;
            return Results.Json(new { lost_tasks = new[] { 7 } });
        };
        Master.Queue(7, Repository.Url, "main");
        await Running.StartAsync(Cancellation);
        await asked.Task.WaitAsync(Cancellation);
        Assert.Equal(7, (int?)(await Master.Report.WaitAsync(Cancellation))["task_id"]);
        await Until.TrueAsync("The run is over.", () => Master.Asked > 1, Cancellation);

        over.SetResult();

        await PingsAsync(3);
        await StopAsync();
    }

    [Fact]
    public async Task After_an_answer_that_cannot_be_read_the_next_ping_comes()
    {
        await CommitRulesAsync("echo build is running; sleep 4718");
        Master.AnswerNextPing = () => Task.FromResult(Results.Text("<html>", "application/json"));
        Master.Queue(7, Repository.Url, "main");
        await Running.StartAsync(Cancellation);
        await Master.Pinged.Task.WaitAsync(Cancellation);

        await PingsAsync(3);
        await StopAsync();
    }

    [Fact]
    public async Task Stopping_ends_a_long_build_after_the_grace_hands_it_back_and_takes_no_more()
    {
        await CommitRulesAsync("echo build is running; sleep 4716");
        Master.Queue(7, Repository.Url, "main");
        await Running.StartAsync(Cancellation);
        await Master.LogContainsAsync("build is running\n").WaitAsync(Cancellation);
        Master.Queue(8, Repository.Url, "main");
        Master.Refuse("POST hand-back", 1);

        await StopAsync();

        Assert.False(Master.Report.IsCompleted);
        Assert.Equal([(7, "1")], Master.HandedBack);
        Assert.Equal(1, Master.Asked);
        Assert.Equal(0, SandboxRun.Processes("sleep\04716"));
    }
}
