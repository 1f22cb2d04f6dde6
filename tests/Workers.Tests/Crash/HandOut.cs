using System.Globalization;
using EventSourced.Workers.Packages.Nodes;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>
/// A node takes a task and is never heard of again, while another one is idle; a worker freezes while it signs, with messages and perhaps a projection in its hands, which
/// for the other one is as good as dead. All of it is handed out again in time, and the frozen one, when it comes back, does nothing a second time.
/// </summary>
internal sealed class HandOut(Installation installation, Database database, Acknowledged acknowledged)
{
    public const string SilentNode = "silent", IdleNode = "idle";

    private const string Leases = "select id::text || ' ' || lease_token from es.queue where lease_token is not null";

    private const string OpenTransactions =
        "select pid, state, now() - state_change, left(query, 200) from pg_stat_activity where xact_start is not null and pid <> pg_backend_pid()";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(35);

    /// <summary>The longest it took for messages of a worker, and for the task of a node.</summary>
    public (TimeSpan Messages, TimeSpan Task) Longest { get; private set; }

    /// <param name="meanwhile">Done while it is waited for.</param>
    /// <param name="onLoadDone">Called when the load has done its part: only silence is waited for then.</param>
    /// <param name="token">Gives up.</param>
    public async Task RunAsync(Func<CancellationToken, Task> meanwhile, Func<Task> onLoadDone, CancellationToken token)
    {
        using var client = new PatientClient(installation, installation.AdminKey);
        var builds = new BuildClient(installation, acknowledged, BuildOrder.Delivered(TargetPlatform.Deb, TargetPlatform.SecludedArch));
        var build = await builds.AskAsync(client, token);
        var task = await ClaimAsync(token);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(token);
        using var idle = new DeliveringNode(installation, IdleNode, acknowledged, TargetPlatform.SecludedArch);
        var delivering = idle.RunAsync(enough.Token);
        var leases = await FreezeAsync(token);
        try
        {
            var messages = GoneAsync(leases, token);
            var signing = GrowsAsync("repositories are published", "select count(*) from mt_events where type = 'repository_version_published'", token);
            var projecting = GrowsAsync("the projection of all events goes on", "select coalesce(max(seq_id), 0) from es.event_index", token);
            var others = EndAsync([signing, projecting, meanwhile(token)], onLoadDone);
            await Until.TrueAsync($"task {task.Id} of a silent node is handed out again", () => IsHandedOutAgainAsync(task, token), Limit, token);
            var silence = await SilenceAsync(task, token);
            Assert.True(silence <= Limit, $"Task {task.Id} of a silent node was handed out again after {silence}.");
            await others;
            Longest = (Max(Longest.Messages, await messages), Max(Longest.Task, silence));
        }
        finally
        {
            await installation.Workers[0].ThawAsync(token);
        }

        await builds.FollowAsync(client, build, token);
        await enough.CancelAsync();
        await delivering;
    }

    private static async Task EndAsync(IEnumerable<Task> underLoad, Func<Task> onDone)
    {
        await Task.WhenAll(underLoad);
        await onDone();
    }

    private async Task<NodeTask> ClaimAsync(CancellationToken token)
    {
        var options = DeliveringNode.Options(installation, SilentNode, [TargetPlatform.SecludedArch]);
        using var master = new MasterClient(Options.Create(options), TimeProvider.System);
        while (true)
        {
            try
            {
                await installation.ReadyAsync(token);
                if (await master.GetTaskAsync(options, token) is { } task)
                    return task;
            }
            catch (HttpRequestException e) when (Outage.Is(e, token))
            {
                // The last kill is not over for the API's connections.
            }
        }
    }

    /// <summary>Freezes a worker in the middle of its work: leases that outlive all other work are in its hands, or wait for it.</summary>
    private async Task<IReadOnlyList<string>> FreezeAsync(CancellationToken token)
    {
        while (true)
        {
            await Until.TrueAsync("the worker signs", () => installation.Workers[0].Signs, token);
            await installation.Workers[0].FreezeAsync(token);
            var held = await database.ListAsync(Leases, token);
            await acknowledged.MoreAsync(builds: 0, more: 50, token);
            string[] kept = [.. (await database.ListAsync(Leases, token)).Intersect(held)];
            if (kept is not [])
                return kept;

            await installation.Workers[0].ThawAsync(token);
        }
    }

    /// <summary>Within the limit, from now on, though a worker is frozen.</summary>
    private async Task GrowsAsync(string what, string sql, CancellationToken token)
    {
        var before = await database.NumberAsync(sql, token);
        await Until.TrueAsync(what, async () => await database.NumberAsync(sql, token) > before, Limit, token);
    }

    private async Task<TimeSpan> GoneAsync(IReadOnlyList<string> leases, CancellationToken token)
    {
        try
        {
            return await Until.TrueAsync("the messages of a dead worker are handed out again", () => AreGoneAsync(leases, token), Limit, token);
        }
        catch (Xunit.Sdk.XunitException e)
        {
            var held = await database.ListAsync(
                "select type, sent, due, attempts, deaths, last_error from es.queue where id::text || ' ' || lease_token = any($1)", token, leases.ToArray());
            throw new InvalidOperationException($"{e.Message}\n{string.Join('\n', held.Concat(await database.ListAsync(OpenTransactions, token)))}", e);
        }
    }

    private async Task<bool> AreGoneAsync(IReadOnlyList<string> leases, CancellationToken token) =>
        !(await database.ListAsync(Leases, token)).Intersect(leases).Any();

    private async Task<bool> IsHandedOutAgainAsync(NodeTask task, CancellationToken token) =>
        await database.ListAsync(
            "select 1 from mt_events where stream_id = $1 and type = 'build_task_assigned' and (data ->> 'Attempt')::int = $2", token, StreamOf(task), task.Attempt + 1) is not [];

    /// <summary>From the claim, the last that was heard of the node, to the next claim.</summary>
    private async Task<TimeSpan> SilenceAsync(NodeTask task, CancellationToken token) => TimeSpan.Parse(
        Assert.Single(await database.ListAsync(
            "select max(timestamp) - min(timestamp) from mt_events where stream_id = $1 and type = 'build_task_assigned' and (data ->> 'Attempt')::int in ($2, $2 + 1)",
            token,
            StreamOf(task),
            task.Attempt)),
        CultureInfo.InvariantCulture);

    private static string StreamOf(NodeTask task) => $"build_task-{task.Id}";

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
