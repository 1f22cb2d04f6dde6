using System.Formats.Tar;
using System.Text;

namespace EventSourced.Workers.Adapters.Files;

/// <param name="Name">As it is in the archive: whatever who wrote it liked.</param>
/// <param name="Type">Only <see cref="TarEntryType.RegularFile"/> has content.</param>
/// <param name="Bytes">Its length.</param>
public sealed record PlainTarEntry(string Name, TarEntryType Type, long Bytes);

/// <summary>
/// Reads an archive that nobody vouches for as GNU tar writes plain files (<c>--format=gnu</c>). Whatever it claims costs no more memory than a buffer, and what
/// nobody asks for (times, owners, modes) is not looked at; the class library's reader allocates what a header says and throws anything at a time of the far future.
/// </summary>
/// <param name="archive">Its length is known.</param>
public sealed class PlainTar(Stream archive)
{
    private const int BlockBytes = 512, NameBytes = 100, LongestName = 255;
    private const byte LongName = (byte)TarEntryType.LongPath;

    private readonly byte[] _block = new byte[BlockBytes];
    private long _next;

    /// <returns>Null at its end.</returns>
    /// <exception cref="InvalidDataException">It is no such archive, or ends early.</exception>
    public async Task<PlainTarEntry?> NextAsync(CancellationToken cancellation)
    {
        if (await HeaderAsync(cancellation) is not { } entry)
            return null;

        if ((byte)entry.Type is not LongName)
            return entry;

        if (entry.Bytes > LongestName + 1)
            throw new InvalidDataException("It has a name that no file can have.");

        var name = new byte[entry.Bytes];
        await archive.ReadExactlyAsync(name, cancellation);
        return await HeaderAsync(cancellation) is { } named && (byte)named.Type is not LongName
            ? named with { Name = Text(name) }
            : throw new InvalidDataException("It has a name without a file.");
    }

    /// <summary>Writes the content of the entry that was read last to a new file that only we may use.</summary>
    public async Task ExtractAsync(PlainTarEntry entry, string path, CancellationToken cancellation)
    {
        await using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        var buffer = new byte[128 << 10];
        for (var left = entry.Bytes; left > 0;)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(left, buffer.Length));
            await archive.ReadExactlyAsync(piece, cancellation);
            await file.WriteAsync(piece, cancellation);
            left -= piece.Length;
        }
    }

    /// <returns>Null at the block of zeros that ends an archive.</returns>
    private async Task<PlainTarEntry?> HeaderAsync(CancellationToken cancellation)
    {
        archive.Position = _next;
        if (await archive.ReadAtLeastAsync(_block, BlockBytes, throwOnEndOfStream: false, cancellation) < BlockBytes)
            throw new InvalidDataException("It ends early.");

        if (!_block.AsSpan().ContainsAnyExcept((byte)0))
            return null;

        var entry = Entry();
        if (entry.Bytes > archive.Length - archive.Position)
            throw new InvalidDataException("It ends early.");

        _next = archive.Position + ((entry.Bytes + BlockBytes - 1) / BlockBytes * BlockBytes);
        return entry;
    }

    private PlainTarEntry Entry()
    {
        if (!_block.AsSpan(257, 8).SequenceEqual("ustar  \0"u8) || Octal(_block.AsSpan(148, 8)) != CheckSum())
            throw new InvalidDataException("It is no archive of GNU tar.");

        var type = _block[156] is 0 ? TarEntryType.RegularFile : (TarEntryType)_block[156];
        return new(Text(_block.AsSpan(0, NameBytes)), type, Size(_block.AsSpan(124, 12)));
    }

    /// <summary>Of the header, where the sum itself counts as blanks.</summary>
    private long CheckSum()
    {
        var sum = 8L * ' ';
        for (var at = 0; at < BlockBytes; at++)
            sum += at is >= 148 and < 156 ? 0 : _block[at];

        return sum;
    }

    /// <summary>From 8 GiB on it is a binary number.</summary>
    private static long Size(ReadOnlySpan<byte> field)
    {
        if (field[0] is not 0x80)
            return Octal(field);

        var size = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(field[4..]);
        return size >= 0 && !field[1..4].ContainsAnyExcept((byte)0) ? size : throw new InvalidDataException("It has a length that no file can have.");
    }

    private static long Octal(ReadOnlySpan<byte> field)
    {
        var number = 0L;
        foreach (var digit in field.Trim(" \0"u8))
            number = digit is >= (byte)'0' and <= (byte)'7' ? (number << 3) + digit - '0' : throw new InvalidDataException("It has a number that is none.");

        return number;
    }

    private static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.IndexOf((byte)0) is var end and >= 0 ? field[..end] : field);
}
