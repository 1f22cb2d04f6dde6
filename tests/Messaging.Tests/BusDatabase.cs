using EventSourced.EventStore;
using EventSourced.Messaging.Tests.Orders;

namespace EventSourced.Messaging.Tests;

/// <summary>A database with the store's and the bus's tables.</summary>
public sealed class BusDatabase : TestDatabase
{
    public static void Configure(StoreOptions options, string connectionString)
    {
        options.ConnectionString = connectionString;
        options.AddMessageStorage();
        options.Events.AddEventTypes([typeof(OrderPlaced), typeof(OrderPacked), typeof(OrderShipped), typeof(OrderNoted)]);
        options.Projections.Snapshot<Order>(SnapshotLifecycle.Inline);
    }

    protected override async Task PrepareTemplateAsync(string connectionString, CancellationToken token)
    {
        await using var store = DocumentStore.For(options => Configure(options, connectionString));
        await store.ApplyAllConfiguredChangesToDatabaseAsync(token);
    }
}
