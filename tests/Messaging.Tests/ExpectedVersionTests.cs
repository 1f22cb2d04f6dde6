using EventSourced.Messaging.Tests.Orders;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Messaging.Tests;

public sealed class ExpectedVersionTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<TestBus> StartAsync() => TestBus.StartAsync(database.ConnectionString, options => options.DrainQueue = false);

    [Fact]
    public async Task The_invocation_takes_the_expectation_and_the_next_one_has_none()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "tea"), Token);

        host.Context.ExpectedVersions = [7, 1];
        await host.Bus.InvokeAsync(new NoteOrder(new OrderId(1), 1), Token);
        await host.Bus.InvokeAsync(new NoteOrder(new OrderId(1), 2), Token);

        Assert.Equal([1, 2], (await host.OrderAsync(1))?.Notes);
    }

    [Fact]
    public async Task Another_version_is_refused_even_when_nothing_would_be_recorded()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(2), "tea"), Token);
        await host.Bus.InvokeAsync(new RecordPacked(new OrderId(2), 5), Token);

        host.Context.ExpectedVersions = [1];
        var refused = await Assert.ThrowsAsync<UnexpectedStreamVersionException>(() => host.Bus.InvokeAsync(new RecordPacked(new OrderId(2), 5), Token));

        Assert.Equal(("order-2", 2), (refused.StreamKey, refused.Actual));
    }

    [Fact]
    public async Task A_stream_that_is_not_there_has_no_version_to_match()
    {
        await using var host = await StartAsync();
        host.Context.ExpectedVersions = [1];

        var refused = await Assert.ThrowsAsync<UnexpectedStreamVersionException>(() => host.Bus.InvokeAsync(new NoteOrder(new OrderId(404), 1), Token));

        Assert.Equal(("order-404", 0), (refused.StreamKey, refused.Actual));
    }

    [Fact]
    public async Task A_message_without_a_stream_cannot_be_held_to_a_version()
    {
        await using var host = await StartAsync();
        host.Context.ExpectedVersions = [1];

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Bus.InvokeAsync(new PlaceOrder(new OrderId(5), "tea"), Token));
        Assert.Null(await host.OrderAsync(5));
    }

    [Fact]
    public async Task Two_that_read_the_same_version_before_either_wrote_are_told_apart_by_the_append()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(3), "tea"), Token);
        var bothHaveRead = new Gate();
        host.Table.Amend = async (_, cancellation) =>
        {
            if (bothHaveRead.Entries < 2)
                await bothHaveRead.EnterAsync(cancellation);
        };

        var writers = new[] { AmendAsync(host, 1), AmendAsync(host, 2) };
        await bothHaveRead.SomebodyEnteredAsync();
        await bothHaveRead.SomebodyEnteredAsync();
        bothHaveRead.Open();
        var outcomes = await Task.WhenAll(writers);

        Assert.Equal([false, true], outcomes.Order());
        Assert.Single((await host.OrderAsync(3))!.Notes);
    }

    /// <summary>As one request of its own; false when another version was found.</summary>
    private static async Task<bool> AmendAsync(TestBus host, int number)
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<MessageContext>().ExpectedVersions = [1];
        try
        {
            await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(new AmendOrder(new OrderId(3), number), Token);
            return true;
        }
        catch (UnexpectedStreamVersionException)
        {
            return false;
        }
    }
}
