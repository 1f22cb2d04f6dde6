using System.Diagnostics;
using System.Text.Json;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>
/// Commands sent all at once, so that a kill among them meets every step of one: nodes are registered, each of which would be another one were its Idempotency-Key not
/// known. The kill comes when the log shows what it waits for: an event is there, and hardly more has happened yet.
/// </summary>
internal sealed class Volley(Installation installation, Database database, Acknowledged acknowledged) : IDisposable
{
    public const int Commands = 200;

    /// <summary>How many of these commands are in the log.</summary>
    public const string Registrations = "select count(*) from mt_events where seq_id > $1 and type = 'node_registered'";

    /// <summary>How much a worker has recorded.</summary>
    public const string Work = "select count(*) from mt_events where seq_id > $1 and headers ->> 'by' = 'workers'";

    /// <summary>How much more has happened since something of this kind did.</summary>
    public static string After(string type, string only = "") =>
        $"select count(*) from mt_events where seq_id > (select min(seq_id) from mt_events where seq_id > $1 and type = '{type}' {only})";

    private readonly PatientClient client = new(installation, installation.AdminKey);
    private int unanswered;

    /// <summary>The most commands that had been sent and not been answered when something was killed.</summary>
    public int MostInFlight { get; private set; }

    /// <returns>When it was killed, as a timestamp; null when there was nothing to kill.</returns>
    public async Task<long?> KillAmongAsync(Func<bool> kill, string seen, int enough, CancellationToken token)
    {
        await using var log = await database.WatchAsync(token);
        Task[] sent = [.. Enumerable.Range(0, Commands).Select(_ => SendAsync(token))];
        await log.UntilAsync(seen, enough, token);
        var inFlight = Volatile.Read(ref unanswered);
        var killed = kill() ? Stopwatch.GetTimestamp() : (long?)null;
        if (killed is not null)
            MostInFlight = Math.Max(MostInFlight, inFlight);

        await Task.WhenAll(sent);
        return killed;
    }

    public void Dispose() => client.Dispose();

    public static async Task<int> RegisterAsync(PatientClient client, string name, CancellationToken token)
    {
        using var json = JsonDocument.Parse(await client.PostAsync("/api/nodes", name, new { name }, token));
        return json.RootElement.GetProperty("id").GetInt32();
    }

    private async Task SendAsync(CancellationToken token)
    {
        var name = $"volley-{Guid.CreateVersion7():N}";
        Interlocked.Increment(ref unanswered);
        acknowledged.Nodes[name] = await RegisterAsync(client, name, token);
        Interlocked.Decrement(ref unanswered);
        acknowledged.Count();
    }
}
