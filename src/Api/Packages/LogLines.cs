using System.Runtime.InteropServices;
using System.Text;

namespace EventSourced.Api.Packages;

/// <param name="Text">Without its end.</param>
/// <param name="End">Offset of the byte behind it.</param>
public readonly record struct LogLine(string Text, long End);

/// <summary>Cuts bytes that come in pieces into lines. A line without end grows up to a bound and is then cut.</summary>
public sealed class LogLines(long position)
{
    private const int LongestLineBytes = 64 * 1024;

    private readonly List<byte> open = [];

    /// <summary>Offset of the next byte to add.</summary>
    public long Position { get; private set; } = position;

    /// <summary>The lines that end in these bytes, each made when it is asked for; all have to be taken.</summary>
    public IEnumerable<LogLine> Add(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var newline = bytes.Span.IndexOf((byte)'\n');
            var take = Math.Min(newline < 0 ? bytes.Length : newline + 1, LongestLineBytes - open.Count);
            open.AddRange(bytes.Span[..take]);
            bytes = bytes[take..];
            Position += take;
            if (open[^1] is (byte)'\n' || open.Count >= LongestLineBytes)
                yield return Take();
        }
    }

    /// <summary>The last line when it has no end; null when there is none.</summary>
    public LogLine? TakeRest() => open.Count is 0 ? null : Take();

    private LogLine Take()
    {
        var text = Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(open)).TrimEnd('\n').TrimEnd('\r');
        open.Clear();
        return new(text, Position);
    }
}
