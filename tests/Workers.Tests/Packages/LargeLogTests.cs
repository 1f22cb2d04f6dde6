using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace EventSourced.Workers.Tests.Packages;

public sealed class LargeLogTests(RealHosts hosts) : IClassFixture<RealHosts>
{
    private const int LineBytes = 1024, PieceLines = 1024, Pieces = 100;

    private const long MostGrowthBytes = 96L << 20;

    private static readonly byte[] Piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', LineBytes - 1) + "\n", PieceLines)));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_of_100_MB_is_written_followed_and_put_away_in_little_memory()
    {
        await RunAsync("warm", pieces: 1);
        var before = hosts.PeakBytes();

        await RunAsync("large", Pieces);

        var after = hosts.PeakBytes();
        Assert.InRange(after.Api - before.Api, 0, MostGrowthBytes);
        Assert.InRange(after.Workers - before.Workers, 0, MostGrowthBytes);
    }

    private async Task RunAsync(string arch, int pieces)
    {
        var (_, task) = await hosts.RequestAsync(arch);
        await RealHosts.PostAsync(hosts.Node, "/api/v1/build_node/get_task", new { supported_arches = new[] { arch } });
        var url = $"/api/build-tasks/{task}/log";
        var following = FollowAsync(url);
        for (var piece = 0; piece < pieces; piece++)
        {
            using var written = await hosts.Node.PutAsync($"{url}?offset={(long)piece * Piece.Length}", new ByteArrayContent(Piece), Token);
            written.EnsureSuccessStatusCode();
        }

        await RealHosts.PostAsync(hosts.Node, "/api/v1/build_node/build_done", new { task_id = task, status = "failed", artifacts = Array.Empty<object>() });
        Assert.Equal(pieces * PieceLines, await following);

        await PutAwayAsync(task);
        Assert.Equal(pieces * PieceLines, await FollowAsync(url));
        Assert.Equal((long)pieces * Piece.Length, await LengthAsync(url));
    }

    private async Task<int> FollowAsync(string url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Accept = { new("text/event-stream") } } };
        using var response = await hosts.Admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        var lines = 0;
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync(Token)).EnumerateAsync(Token))
            lines += item.EventType is "message" ? 1 : 0;

        return lines;
    }

    private async Task<long> LengthAsync(string url)
    {
        using var response = await hosts.Admin.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.NotNull(response.Headers.ETag);
        return response.Content.Headers.ContentLength ?? 0;
    }

    /// <summary>The workers look each few seconds; nothing tells that they did.</summary>
    private async Task PutAwayAsync(int task)
    {
        await using var command = DataSource.CreateCommand($"select not exists (select from es.log_chunks where stream like 'build_task-{task}/%')");
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (await command.ExecuteScalarAsync(Token) is not true)
            await timer.WaitForNextTickAsync(Token);
    }

    private Npgsql.NpgsqlDataSource DataSource => hosts.DataSource;
}
