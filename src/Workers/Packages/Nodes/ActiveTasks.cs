using System.Collections.Concurrent;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>The runs of this node, and the way to end one that was taken away.</summary>
internal sealed class ActiveTasks
{
    private readonly ConcurrentDictionary<ActiveTask, byte> _runs = [];

    public IReadOnlyList<ActiveTask> Snapshot => [.. _runs.Keys];

    public ActiveTask Add(NodeTask task, CancellationToken end)
    {
        var run = new ActiveTask(task, Remove, end);
        _runs[run] = 0;
        return run;
    }

    private void Remove(ActiveTask run) => _runs.TryRemove(run, out _);
}

/// <summary>One run; removed from its node when disposed.</summary>
internal sealed class ActiveTask(NodeTask task, Action<ActiveTask> remove, CancellationToken end) : IDisposable
{
    private readonly CancellationTokenSource _cancellation = CancellationTokenSource.CreateLinkedTokenSource(end);
    private readonly Lock _ending = new();
    private bool _isOver;

    public NodeTask Task { get; } = task;

    public bool IsLost { get; private set; }

    public CancellationToken Cancellation => _cancellation.Token;

    /// <summary>Nothing when the run is over: the answer to a ping may come later than its end.</summary>
    public Task LoseAsync()
    {
        lock (_ending)
        {
            if (_isOver)
                return System.Threading.Tasks.Task.CompletedTask;

            IsLost = true;
            return _cancellation.CancelAsync();
        }
    }

    public void Dispose()
    {
        remove(this);
        lock (_ending)
            _isOver = true;

        _cancellation.Dispose();
    }
}
