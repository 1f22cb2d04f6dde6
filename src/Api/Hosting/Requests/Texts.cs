using System.Buffers;
using System.Text;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>Texts that PostgreSQL keeps: no NUL, no half of a surrogate pair.</summary>
internal static class Texts
{
    public const string Unfit = "has a character that cannot be kept";

    public static bool AreKept(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var length) is not OperationStatus.Done || rune.Value is 0)
                return false;

            text = text[length..];
        }

        return true;
    }
}
