namespace EventSourced.Workers.Adapters.Downloads;

internal static class BoundedCopy
{
    private const int BufferBytes = 128 << 10;

    /// <summary>Writes an answer's body to a new file.</summary>
    /// <exception cref="DownloadException">It is longer than <paramref name="limitBytes"/>.</exception>
    public static async Task ToFileAsync(HttpContent content, string path, long limitBytes, CancellationToken cancellation)
    {
        await using var body = await content.ReadAsStreamAsync(cancellation);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[BufferBytes];
        for (int read; (read = await body.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (file.Length + read > limitBytes)
                throw new DownloadException($"{Path.GetFileName(path)} is longer than {limitBytes} bytes.");

            await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
    }
}
