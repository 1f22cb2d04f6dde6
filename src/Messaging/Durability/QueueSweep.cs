using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.Messaging.Durability;

/// <summary>Each minute: releases parked messages nobody released, and deletes expired idempotency rows and message ids.</summary>
internal sealed class QueueSweep(IDocumentStore store, ILogger<QueueSweep> logger) : BackgroundService
{
    // A stray is left when an older message of the key became visible only after a younger one was parked behind a third, now gone.
    private const string UnparkSql = """
        update es.queue q set due = sent
        where q.due = 'infinity' and not exists (select from es.queue p where p.key = q.key and p.id < q.id)
        """;

    private const string ForgetSql = """
        delete from es.idempotency where created < now() - interval '24 hours';
        delete from es.message_ids where handled < now() - interval '7 days'
        """;

    public async Task<int> SweepAsync(CancellationToken cancellation)
    {
        await using var unpark = store.DataSource.CreateCommand(UnparkSql);
        var released = await unpark.ExecuteNonQueryAsync(cancellation);
        if (released > 0)
        {
            logger.StraysReleased(released);
            store.WakeUps.Raise(Outbox.Topic);
        }

        await using var forget = store.DataSource.CreateCommand(ForgetSql);
        await forget.ExecuteNonQueryAsync(cancellation);
        return released;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                logger.QueueUnreachable(e);
            }
        }
    }
}
