namespace EventSourced.Workers.Tests.Crash;

/// <summary>
/// A delivering node that can be killed in the middle of a task: its connections break off, whatever it had sent stays, nothing is said any more. It begins again, with
/// its token and without any memory.
/// </summary>
internal sealed class MortalNode(Installation installation, string name, Acknowledged acknowledged)
{
    private readonly Lock gate = new();
    private CancellationTokenSource? life;
    private DeliveringNode? alive;

    public async Task RunAsync(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            using var node = new DeliveringNode(installation, name, acknowledged, TargetPlatform.Deb.Arch, TargetPlatform.Rpm.Arch);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(enough);
            lock (gate)
                (life, alive) = (ending, node);

            await node.RunAsync(ending.Token);
            lock (gate)
                (life, alive) = (null, null);
        }
    }

    /// <summary>Whether it has a task that it can be killed at.</summary>
    public bool IsAtWork
    {
        get
        {
            lock (gate)
                return alive is { IsDelivering: true } && life is { IsCancellationRequested: false };
        }
    }

    /// <summary>False when it has no task.</summary>
    public bool Kill()
    {
        lock (gate)
        {
            if (!IsAtWork)
                return false;

            life!.Cancel();
            return true;
        }
    }
}
