using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Hosting.Requests;

internal static class RequestBytes
{
    /// <summary>The whole body in memory, at its beginning; larger ones are refused. The request can be read again afterwards when it was made rewindable.</summary>
    public static async Task<MemoryStream> BufferAsync(HttpRequest request, int mostBytes, CancellationToken ct)
    {
        if (request.ContentLength > mostBytes)
            throw TooLarge(mostBytes);

        var buffer = new MemoryStream((int)(request.ContentLength ?? 0));
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(chunk, ct)) > 0)
        {
            if (buffer.Length + read > mostBytes)
                throw TooLarge(mostBytes);

            buffer.Write(chunk, 0, read);
        }

        buffer.Position = 0;
        return buffer;
    }

    private static RequestRefusedException TooLarge(int mostBytes) =>
        new(StatusCodes.Status413PayloadTooLarge, "request.too_large", $"The body is larger than {mostBytes} bytes.");
}
