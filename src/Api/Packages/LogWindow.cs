using System.Collections.Immutable;

namespace EventSourced.Api.Packages;

/// <summary>The last bytes of a log that is followed: the same memory for all who follow it.</summary>
/// <param name="Start">Offset of the first.</param>
/// <param name="End">Offset behind the last.</param>
/// <param name="Pieces">One after another.</param>
internal sealed record LogWindow(long Start, long End, ImmutableList<ReadOnlyMemory<byte>> Pieces)
{
    private const int MostBytes = 1024 * 1024;

    /// <summary>Nothing yet; what follows begins there.</summary>
    public static LogWindow At(long offset) => new(offset, offset, []);

    public LogWindow With(ReadOnlyMemory<byte> piece)
    {
        var (start, end, pieces) = (Start, End + piece.Length, Pieces.Add(piece));
        while (pieces.Count > 1 && end - start > MostBytes)
        {
            start += pieces[0].Length;
            pieces = pieces.RemoveAt(0);
        }

        return new(start, end, pieces);
    }

    /// <summary>Bytes from a position on; none where the window does not reach.</summary>
    public ReadOnlyMemory<byte> From(long position)
    {
        if (position < Start)
            return default;

        var at = Start;
        foreach (var piece in Pieces)
        {
            if (position < at + piece.Length)
                return piece[(int)(position - at)..];

            at += piece.Length;
        }

        return default;
    }
}
