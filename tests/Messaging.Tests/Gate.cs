using System.Threading.Channels;

namespace EventSourced.Messaging.Tests;

/// <summary>Holds whoever enters until the test opens it, and tells the test that somebody came.</summary>
internal sealed class Gate
{
    private readonly Channel<bool> entered = Channel.CreateUnbounded<bool>();
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int entries;

    public int Entries => Volatile.Read(ref entries);

    public async Task EnterAsync(CancellationToken cancellation)
    {
        Interlocked.Increment(ref entries);
        entered.Writer.TryWrite(true);
        await opened.Task.WaitAsync(cancellation);
    }

    /// <summary>Completes when one more has entered.</summary>
    public Task SomebodyEnteredAsync() => entered.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public void Open() => opened.TrySetResult();
}
