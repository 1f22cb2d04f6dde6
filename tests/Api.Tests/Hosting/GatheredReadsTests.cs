using System.Threading.Channels;
using EventSourced.Api.Hosting;

namespace EventSourced.Api.Tests.Hosting;

public sealed class GatheredReadsTests
{
    private readonly Channel<Query> queries = Channel.CreateUnbounded<Query>();
    private readonly GatheredReads<int, string> reads;

    public GatheredReadsTests() => reads = new(
        keys =>
        {
            var query = new Query([.. keys]);
            queries.Writer.TryWrite(query);
            return query.Answer.Task;
        },
        most: 3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_asks_while_a_query_runs_shares_the_next_one()
    {
        var first = reads.ReadAsync(1, Token);
        var query = await NextAsync();
        var others = new[] { 2, 3, 3, 4 }.Select(key => reads.ReadAsync(key, Token)).ToList();

        query.Found(1);
        var second = await NextAsync();
        second.Found(2, 3);
        var third = await NextAsync();
        third.Found();

        Assert.Equal("value 1", await first);
        Assert.Equal<string?[]>(["value 2", "value 3", "value 3", null], await Task.WhenAll(others));
        Assert.Equal([[1], [2, 3], [4]], new[] { query, second, third }.Select(q => q.Keys));
    }

    [Fact]
    public async Task A_query_that_fails_fails_those_who_shared_it_and_no_others()
    {
        var first = reads.ReadAsync(1, Token);
        var query = await NextAsync();
        var second = reads.ReadAsync(2, Token);

        query.Answer.SetException(new TimeoutException("down"));
        (await NextAsync()).Found(2);

        Assert.Equal("down", (await Assert.ThrowsAsync<TimeoutException>(() => first)).Message);
        Assert.Equal("value 2", await second);
    }

    [Fact]
    public async Task A_caller_that_left_is_not_read_for_and_holds_nobody_up()
    {
        using var leaving = new CancellationTokenSource();
        var first = reads.ReadAsync(1, leaving.Token);
        var query = await NextAsync();
        var second = reads.ReadAsync(2, leaving.Token);
        var third = reads.ReadAsync(3, Token);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        query.Found(1);
        var next = await NextAsync();
        next.Found(3);

        Assert.Equal("value 3", await third);
        Assert.Equal([3], next.Keys);
    }

    [Fact]
    public async Task After_a_pause_the_next_caller_is_served_too()
    {
        for (var key = 1; key <= 3; key++)
        {
            var read = reads.ReadAsync(key, Token);
            (await NextAsync()).Found(key);
            Assert.Equal($"value {key}", await read);
        }
    }

    private Task<Query> NextAsync() => queries.Reader.ReadAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token);

    private sealed record Query(IReadOnlyList<int> Keys)
    {
        public TaskCompletionSource<IReadOnlyDictionary<int, string>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Found(params int[] keys) => Answer.SetResult(keys.ToDictionary(k => k, k => $"value {k}"));
    }
}
