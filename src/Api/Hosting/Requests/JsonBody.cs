using System.Text.Json;
using EventSourced.Api.Hosting.Errors;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>Reads a JSON body within the limits.</summary>
internal static class JsonBody
{
    public static async ValueTask<JsonDocument> ReadAsync(HttpContext context)
    {
        var limits = context.RequestServices.GetRequiredService<IOptions<RequestLimits>>().Value;
        if (!context.Request.HasJsonContentType() && context.Request.ContentLength is not (null or 0))
            throw new RequestRefusedException(StatusCodes.Status415UnsupportedMediaType, "request.media_type", "The body must be application/json.");

        await using var bytes = await RequestBytes.BufferAsync(context.Request, limits.BodyBytes, context.RequestAborted);
        if (bytes.Length == 0)
            throw new InvalidRequestException([new FieldError("body", [], "A JSON body is required.", "missing")]);

        var document = Parse(bytes);
        JsonContent.Check(document.RootElement, limits.ListItems);
        return document;
    }

    private static JsonDocument Parse(MemoryStream bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes);
        }
        catch (JsonException exception)
        {
            var where = $"The body is not valid JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}).";
            throw new InvalidRequestException([new FieldError("body", [], where, "json")]);
        }
    }
}
