using System.Globalization;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>An integer in the path; anything else is a 422 that names it.</summary>
public readonly record struct AlbsId(int Value, IResult? Problem) : IAlbsInput
{
    /// <summary>Always true: the problem is answered by the dialect's filter, in the dialect's form.</summary>
    public static bool TryParse(string? text, out AlbsId id)
    {
        id = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? new(value, null)
            : new(0, AlbsErrors.Unprocessable([new(["path", "id"], "The value is not a valid integer.", "type_error.integer")]));
        return true;
    }
}
