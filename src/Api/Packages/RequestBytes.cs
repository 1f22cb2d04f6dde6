using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Packages;

internal static class RequestBytes
{
    /// <summary>The whole body; larger ones are refused.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, int mostBytes, CancellationToken ct)
    {
        if (request.ContentLength > mostBytes)
            throw TooLarge(mostBytes);

        var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, ct)) > 0)
        {
            if (bytes.Length + read > mostBytes)
                throw TooLarge(mostBytes);

            bytes.Write(buffer, 0, read);
        }

        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }

    private static RequestRefusedException TooLarge(int mostBytes) =>
        new(StatusCodes.Status413PayloadTooLarge, "request.too_large", $"The body is larger than {mostBytes} bytes.");
}
