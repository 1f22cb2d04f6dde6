using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.Messaging.Durability;

/// <summary>Reads the queue's depth and age every ten seconds for the metrics; a metrics reader must not wait for the database.</summary>
internal sealed class QueueGauges : BackgroundService
{
    private const string Sql = """
        select (select count(*) from es.queue),
            coalesce((select extract(epoch from now() - min(case when attempts > 0 or due = 'infinity' then sent else due end)) from es.queue
                where due <= now() or due = 'infinity' or attempts > 0), 0)::float8
        """;

    private readonly IDocumentStore store;
    private readonly ILogger<QueueGauges> logger;
    private long depth;
    private double age;

    public QueueGauges(IDocumentStore store, IMeterFactory meters, ILogger<QueueGauges> logger)
    {
        this.store = store;
        this.logger = logger;
        var meter = meters.Create(MessagingTelemetry.Name);
        meter.CreateObservableGauge("messaging.queue.depth", () => Volatile.Read(ref depth), "{message}", "Messages in the queue, parked and scheduled ones included.");
        meter.CreateObservableGauge("messaging.queue.age", () => Volatile.Read(ref age), "s", "How long the oldest message has been waiting that was due, was tried in vain, or is behind such a one.");
    }

    public async Task ReadAsync(CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        Volatile.Write(ref depth, reader.GetInt64(0));
        Volatile.Write(ref age, reader.GetDouble(1));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(10));
        do
        {
            try
            {
                await ReadAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                logger.QueueUnreachable(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
