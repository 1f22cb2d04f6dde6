using System.Buffers.Binary;

namespace EventSourced.Workers.Adapters.Containers;

public enum ContainerStream
{
    Input = 0,
    Output = 1,
    Error = 2,
}

/// <summary>The standard streams of a container without terminal, over one connection.</summary>
public sealed class ContainerStreams : IAsyncDisposable
{
    private const int HeadBytes = 8;
    private const int PieceBytes = 64 << 10;

    private readonly HttpResponseMessage _answer;
    private readonly Stream _stream;
    private readonly EngineConnection _connection;

    internal ContainerStreams(HttpResponseMessage answer, Stream stream, EngineConnection connection) => (_answer, _stream, _connection) = (answer, stream, connection);

    /// <summary>Writes to its standard input, which does not end by that. What a container does not read before it ends is lost.</summary>
    public async Task WriteAsync(Stream input, CancellationToken cancellation)
    {
        var buffer = new byte[PieceBytes];
        for (int read; (read = await input.ReadAsync(buffer, cancellation)) > 0;)
        {
            try
            {
                await _stream.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
            catch (IOException)
            {
                return; // it ended without reading all of it; its exit code tells why
            }
        }
    }

    /// <summary>Hands over what it writes, in pieces as they come, until it has ended or <paramref name="piece"/> answers that it wants no more.</summary>
    /// <returns>Whether all of it was wanted.</returns>
    /// <exception cref="ContainerEngineException">The engine went away.</exception>
    public async Task<bool> ReadAsync(Func<ContainerStream, ReadOnlyMemory<byte>, CancellationToken, ValueTask<bool>> piece, CancellationToken cancellation)
    {
        var buffer = new byte[PieceBytes];
        while (await ReadHeadAsync(buffer, cancellation) is var (stream, left) && left >= 0)
        {
            while (left > 0)
            {
                var count = await ReceiveAsync(buffer.AsMemory(0, Math.Min(left, PieceBytes)), atLeast: 1, cancellation);
                if (count is 0)
                    throw _connection.Unavailable(new EndOfStreamException("it ended within a piece"));

                if (!await piece(stream, buffer.AsMemory(0, count), cancellation))
                    return false;

                left -= count;
            }
        }

        return true;
    }

    public ValueTask DisposeAsync()
    {
        _answer.Dispose();
        return _stream.DisposeAsync();
    }

    /// <summary>Which stream, three bytes of nothing, the length; -1 at the end.</summary>
    private async ValueTask<(ContainerStream Stream, int Length)> ReadHeadAsync(byte[] buffer, CancellationToken cancellation) =>
        await ReceiveAsync(buffer.AsMemory(0, HeadBytes), HeadBytes, cancellation) < HeadBytes
            ? (ContainerStream.Input, -1)
            : ((ContainerStream)buffer[0], BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(4)));

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, int atLeast, CancellationToken cancellation)
    {
        try
        {
            return await _stream.ReadAtLeastAsync(buffer, atLeast, throwOnEndOfStream: false, cancellation);
        }
        catch (IOException e)
        {
            throw _connection.Unavailable(e);
        }
    }
}
