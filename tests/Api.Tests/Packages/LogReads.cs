using System.Diagnostics;
using Npgsql;

namespace EventSourced.Api.Tests.Packages;

/// <summary>Counts the statements that touch running logs, or look at what became of their tasks, in one database.</summary>
internal sealed class LogReads : IDisposable
{
    private static readonly string[] Tables = ["es.log_chunks", "mt_doc_buildtaskdetails"];

    private readonly ActivityListener listener;
    private int count;

    public LogReads(TestDatabase database)
    {
        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database;
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                var tags = activity.TagObjects.Select(tag => tag.Value).OfType<string>().ToList();
                if (tags.Exists(text => text == name) && tags.Exists(text => Array.Exists(Tables, table => text.Contains(table, StringComparison.Ordinal))))
                    Interlocked.Increment(ref count);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public int Count => Volatile.Read(ref count);

    public void Dispose() => listener.Dispose();
}
