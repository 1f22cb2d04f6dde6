using Npgsql;

namespace EventSourced.EventStore.Tests.Daemon.HighWater;

/// <summary>Terminates backends of writers and of the mark, whatever they are doing.</summary>
internal sealed class Terminator(NpgsqlDataSource source, IWakeUps wakeUps, int seed)
{
    private readonly Random random = new(seed);

    public int Terminated { get; private set; }

    public async Task RunUntilAsync(Task end, CancellationToken token)
    {
        while (!end.IsCompleted)
        {
            await wakeUps.WaitAsync("nothing", TimeSpan.FromMilliseconds(random.Next(20, 120)), token);
            await using var command = source.CreateCommand("""
                select count(pg_terminate_backend(pid)) from (
                  select pid from pg_stat_activity where datname = current_database() and application_name like any (array['%writer', '%mark'])
                  order by (application_name like '%mark') and $1, random() limit 1) x
                """);
            command.Parameters.AddWithValue(random.Next(20) != 0);
            Terminated += (int)(long)(await command.ExecuteScalarAsync(token))!;
        }
    }
}
