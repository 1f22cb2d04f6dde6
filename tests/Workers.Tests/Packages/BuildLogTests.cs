using System.Text;
using EventSourced.Workers.Packages.Nodes;

namespace EventSourced.Workers.Tests.Packages;

public sealed class BuildLogTests : IDisposable
{
    private const int Limit = 64 << 10;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_log_that_is_too_long_ends_with_a_note_within_the_limit()
    {
        using var sent = new MemoryStream();
        await using var log = new BuildLog(_folder["log"], Limit, (offset, bytes, _) =>
        {
            Assert.Equal(sent.Length, offset);
            sent.Write(bytes.Span);
            return Task.FromResult(true);
        });
        for (var line = 0; line < Limit / 50; line++)
            log.WriteLine(new string('x', 99));

        await log.CompleteAsync(Cancellation);

        Assert.InRange(sent.Length, Limit - 200, Limit);
        Assert.EndsWith($"x\n\n[The log is longer than {Limit} bytes; the rest is left out.]\n", Encoding.UTF8.GetString(sent.ToArray()));
        Assert.Equal(sent.ToArray(), await File.ReadAllBytesAsync(log.Path, Cancellation));
    }
}
