using System.Net.Http.Headers;
using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Packages.Dialects.Pulp;

/// <summary>Which bytes of an upload a request carries.</summary>
/// <param name="From">Offset of the first.</param>
/// <param name="LengthBytes">How many.</param>
public readonly record struct ContentRange(long From, long LengthBytes)
{
    /// <summary>Reads <c>bytes a-b/size</c>; the size, when given, has to be the upload's.</summary>
    /// <exception cref="InvalidRequestException">Missing, malformed, or of another size.</exception>
    public static ContentRange Parse(string header, long uploadBytes)
    {
        if (!ContentRangeHeaderValue.TryParse(header, out var range) || range is not { Unit: "bytes", From: { } from, To: { } to })
            throw Invalid("must be bytes FROM-TO/SIZE");

        if (range.Length is { } size && size != uploadBytes)
            throw Invalid($"names a size of {size}, the upload has {uploadBytes}");

        if (to >= uploadBytes)
            throw Invalid($"goes past the upload's {uploadBytes} bytes");

        return new(from, to - from + 1);
    }

    public static InvalidRequestException Invalid(string message) => InvalidRequestException.Of("header", "Content-Range", message);
}
