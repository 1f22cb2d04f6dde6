namespace EventSourced.Api.Packages.Dialects.Pulp;

/// <summary>
/// Reads a chunk that must have exactly the announced length, so that a range and its bytes cannot disagree. What fails here is the client's: any other
/// <see cref="IOException"/> of an upload is the store's.
/// </summary>
internal sealed class ExactLengthStream(Stream inner, long lengthBytes) : Stream
{
    private long read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => lengthBytes;

    public override long Position
    {
        get => read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await UploadEndpoints.OfClientAsync(() => inner.ReadAsync(buffer, cancellationToken).AsTask());
        read += count;
        if (read > lengthBytes || (count is 0 && buffer.Length > 0 && read < lengthBytes))
            throw ContentRange.Invalid($"announces {lengthBytes} bytes, the file has {(read > lengthBytes ? "more" : read)}");

        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Chunks are read asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
