using System.Text.Json;
using Npgsql;

namespace EventSourced.Projections.Tests.Packages;

/// <summary>What a claim costs, in pages read, must not grow with the queue nor with what was handed out before.</summary>
public sealed class BuildTaskQueuePlanTests : IAsyncLifetime
{
    private readonly PackagesDatabase packages = new();

    public ValueTask InitializeAsync() => packages.InitializeAsync();

    public ValueTask DisposeAsync() => packages.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_claim_reads_a_few_pages_however_long_the_queue_is(bool analyzed)
    {
        await FillAsync(1, 10_000, analyzed);
        var few = await PagesReadAsync();
        await FillAsync(10_001, 100_000, analyzed);
        var many = await PagesReadAsync();
        await packages.ExecuteAsync("update es.task_queue set ready = false where task_id < 60000");
        await packages.ExecuteAsync("vacuum es.task_queue");
        var handedOut = await PagesReadAsync();

        Assert.InRange(few, 1, 50);
        Assert.InRange(many, 1, few * 1.5);
        Assert.InRange(handedOut, 1, few * 1.5);
    }

    private async Task FillAsync(int from, int to, bool analyzed)
    {
        await packages.ExecuteAsync($"""
            insert into es.task_queue (task_id, build_id, stream, arch, url, waiting, ready, attempt)
            select n, n, 'build_task-' || n, (array['amd64', 'arm64', 'i386'])[1 + n % 3], 'https://git.example.org/p' || n || '.git', 0, true, 0
            from generate_series({from}, {to}) n
            """);
        if (analyzed)
            await packages.ExecuteAsync("analyze es.task_queue");
    }

    private async Task<int> PagesReadAsync()
    {
        var sql = ReadyTaskSearch.Lock;
        for (var n = 1; sql.Contains('?', StringComparison.Ordinal); n++)
            sql = $"{sql[..sql.IndexOf('?', StringComparison.Ordinal)]}${n}{sql[(sql.IndexOf('?', StringComparison.Ordinal) + 1)..]}";

        await using var connection = await packages.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"explain (analyze, buffers, timing off, format json) {sql}", connection);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            new() { Value = new[] { "amd64", "arm64", "i386" } }, new() { Value = 0 }, new() { Value = 64 }, new() { Value = Array.Empty<int>() }, new() { Value = Array.Empty<string>() }, new() { Value = 1 },
        });

        // The first call of a connection also reads the catalog, to plan the search.
        await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        var plan = (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        var root = JsonDocument.Parse(plan).RootElement[0].GetProperty("Plan");
        return root.GetProperty("Shared Hit Blocks").GetInt32() + root.GetProperty("Shared Read Blocks").GetInt32();
    }
}
