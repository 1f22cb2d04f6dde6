namespace EventSourced.ServiceDefaults.Artifacts;

/// <summary>A part of a file as a read-only, seekable stream.</summary>
internal sealed class RangeStream : Stream
{
    private readonly FileStream _file;
    private readonly long _start;

    public RangeStream(FileStream file, ArtifactRange range)
    {
        _file = file;
        _start = Math.Clamp(range.Offset, 0, file.Length);
        Length = Math.Clamp(range.LengthBytes ?? long.MaxValue, 0, file.Length - _start);
        _file.Position = _start;
    }

    public override long Length { get; }

    public override long Position
    {
        get => _file.Position - _start;
        set => _file.Position = _start + Math.Clamp(value, 0, Length);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override int Read(byte[] buffer, int offset, int count) => _file.Read(buffer, offset, (int)Math.Min(count, Length - Position));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _file.ReadAsync(buffer[..(int)Math.Min(buffer.Length, Length - Position)], cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();

        base.Dispose(disposing);
    }
}
