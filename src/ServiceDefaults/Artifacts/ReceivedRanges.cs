using System.Globalization;

namespace EventSourced.ServiceDefaults.Artifacts;

/// <summary>Which bytes of an upload have come, in a file of one line for each range; a file appears under its name as a whole.</summary>
/// <param name="Ranges">From the first byte to one past the last, ascending, with gaps in between.</param>
internal sealed record ReceivedRanges(IReadOnlyList<(long From, long To)> Ranges)
{
    /// <summary>How many have come without a gap from the first.</summary>
    public long FromStart => Ranges is [(0, var to), ..] ? to : 0;

    /// <returns>None where there is no such file: the upload was begun by a version that had none, and begins anew.</returns>
    public static ReceivedRanges Read(string file) =>
        new(File.Exists(file) ? [.. File.ReadLines(file).Select(line => line.Split(' ')).Select(range => (Number(range[0]), Number(range[1])))] : []);

    /// <summary>Whether this byte, or the one before it, has come.</summary>
    public bool Reaches(long offset) => Ranges.Any(range => range.From <= offset && offset <= range.To);

    public ReceivedRanges With(long from, long to)
    {
        if (from == to)
            return this;

        var touching = Ranges.Where(r => r.From <= to && r.To >= from).Append((From: from, To: to)).ToList();
        return new([.. Ranges.Except(touching).Append((From: touching.Min(r => r.From), To: touching.Max(r => r.To))).OrderBy(r => r.From)]);
    }

    public void Write(string file)
    {
        File.WriteAllLines(file + ".new", Ranges.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.From} {r.To}")));
        File.Move(file + ".new", file, overwrite: true);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
