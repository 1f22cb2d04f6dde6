using EventSourced.Messaging.Tests.Orders;
using Npgsql;

namespace EventSourced.Messaging.Tests.Durability;

public sealed class OutageTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_in_hand_go_on_when_the_database_is_back_and_not_when_their_leases_end()
    {
        var (tries, gate) = (0, new Gate());
        await using var host = await TestBus.StartAsync(database.ConnectionString, options => options.Lease = TimeSpan.FromMinutes(10));
        host.Table.Pack = async (_, cancellation) =>
        {
            if (++tries > 1)
                return 9;

            await gate.EnterAsync(cancellation);
            throw new NpgsqlException("The connection was lost.", new IOException());
        };
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "tea"), Token);
        await gate.SomebodyEnteredAsync();

        await using (await database.ShutAsync(Token))
        {
            gate.Open();
            await host.Log.UntilAsync("could not be recorded yet");
        }

        await QueueRows.UntilAsync(database, "select exists (select from mt_events where type = 'order_packed')");
        Assert.Equal(2, tries);
    }
}
