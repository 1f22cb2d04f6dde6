using System.Globalization;

namespace EventSourced.Api.Packages;

/// <summary>A place in a task's log: the byte offset, and <c>@attempt</c> behind it for later attempts than the first.</summary>
public readonly record struct LogPosition(long Offset, int Attempt)
{
    public static LogPosition Start { get; } = new(0, 1);

    /// <summary>What is no position of ours is the start.</summary>
    public static LogPosition Parse(string? text)
    {
        var parts = (text ?? "").Split('@');
        return long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && (parts.Length is 1 || (parts.Length is 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            ? new(offset, parts.Length is 1 ? 1 : int.Parse(parts[1], CultureInfo.InvariantCulture))
            : Start;
    }

    public override string ToString() => Attempt is 1
        ? Offset.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Offset}@{Attempt}");
}
