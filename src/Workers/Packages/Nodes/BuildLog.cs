using System.Text;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>
/// The log of one run: a local file, and its bytes sent to the server while it grows. Writing never waits for the network; the file is the buffer.
/// </summary>
public sealed class BuildLog : IAsyncDisposable
{
    private const int PieceBytes = 64 << 10;

    private readonly FileStream _file;
    private readonly long _limitBytes;
    private readonly byte[] _note;
    private readonly Func<long, ReadOnlyMemory<byte>, CancellationToken, Task<bool>> _send;
    private readonly SemaphoreSlim _grown = new(0);
    private readonly Lock _writing = new();
    private readonly CancellationTokenSource _end = new();
    private Task _sending;
    private long _sent;
    private bool _full;
    private bool _complete;

    /// <param name="path">The local file, made anew.</param>
    /// <param name="limitBytes">What does not fit in so many bytes is dropped with a note, which does.</param>
    /// <param name="send">Sends bytes at an offset; false ends the sending.</param>
    public BuildLog(string path, long limitBytes, Func<long, ReadOnlyMemory<byte>, CancellationToken, Task<bool>> send)
    {
        _file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        _limitBytes = limitBytes;
        _note = Encoding.UTF8.GetBytes($"\n[The log is longer than {limitBytes} bytes; the rest is left out.]\n");
        _send = send;
        _sending = SendAsync(_end.Token);
    }

    public string Path => _file.Name;

    /// <summary>Bytes written so far.</summary>
    public long Length
    {
        get
        {
            lock (_writing)
                return _file.Length;
        }
    }

    public void WriteLine(string line) => Write(Encoding.UTF8.GetBytes(line + "\n"));

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>What was written from <paramref name="offset"/> on, as a file of its own.</summary>
    public async Task CopyAsync(long offset, string path, CancellationToken cancellation)
    {
        var piece = new byte[PieceBytes];
        await using var copy = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        for (int count; (count = Read(offset, piece)) > 0; offset += count)
            await copy.WriteAsync(piece.AsMemory(0, count), cancellation);
    }

    /// <summary>No more lines; returns when all of them are sent, or the server did not want more.</summary>
    public async Task CompleteAsync(CancellationToken cancellation)
    {
        lock (_writing)
        {
            _complete = true;
            _file.Flush();
        }

        _grown.Release();
        await _sending.WaitAsync(cancellation);
    }

    /// <summary>Lines may follow again. They are sent when those before them were, else they are in the file alone.</summary>
    public void Reopen()
    {
        lock (_writing)
            _complete = false;

        _sending = _sending.IsCompletedSuccessfully ? SendAsync(_end.Token) : Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _file.DisposeAsync();
        _grown.Dispose();
        _end.Dispose();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_writing)
        {
            if (_full || _complete)
                return;

            _full = _file.Length + bytes.Length > _limitBytes - _note.Length;
            _file.Position = _file.Length;
            _file.Write(_full ? _note : bytes);
        }

        _grown.Release();
    }

    private async Task SendAsync(CancellationToken cancellation)
    {
        var piece = new byte[PieceBytes];
        while (true)
        {
            await _grown.WaitAsync(cancellation);
            bool complete;
            lock (_writing)
                complete = _complete;

            while (Read(_sent, piece) is var count and > 0)
            {
                if (!await _send(_sent, piece.AsMemory(0, count), cancellation))
                    return;

                _sent += count;
            }

            if (complete)
                return;
        }
    }

    private int Read(long offset, byte[] piece) => RandomAccess.Read(_file.SafeFileHandle, piece, offset);
}
