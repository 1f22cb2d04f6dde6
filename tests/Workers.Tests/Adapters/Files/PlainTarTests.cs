using System.Formats.Tar;
using System.Text;
using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Tests.Adapters.Files;

public sealed class PlainTarTests : IDisposable
{
    private const string Huge = "10000000000"; // 1 GiB, in octal digits

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_tar_wrote_comes_out()
    {
        var name = new string('n', 200);
        await File.WriteAllTextAsync(_folder["a"], "", Cancellation);
        await File.WriteAllTextAsync(_folder["b"], new string('b', 300_000), Cancellation);
        await File.WriteAllTextAsync(_folder[name], "long", Cancellation);
        await Tool.RunAsync("tar", ["-C", _folder.Path, "--format=gnu", "--mtime=@-1", "-cf", _folder["x.tar"], "a", "b", name], ToolContext.Default, Cancellation);

        await using var archive = File.OpenRead(_folder["x.tar"]);
        var tar = new PlainTar(archive);
        Assert.Equal(new("a", TarEntryType.RegularFile, 0), await tar.NextAsync(Cancellation));
        Assert.Equal(new("b", TarEntryType.RegularFile, 300_000), await tar.NextAsync(Cancellation)); // which is passed over
        var last = await tar.NextAsync(Cancellation);
        Assert.Equal(new(name, TarEntryType.RegularFile, 4), last);
        await tar.ExtractAsync(last!, _folder["out"], Cancellation);
        Assert.Null(await tar.NextAsync(Cancellation));
        Assert.Equal("long", await File.ReadAllTextAsync(_folder["out"], Cancellation));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["out"]));
    }

    [Theory]
    [InlineData('L', Huge, "It has a name that no file can have.")]
    [InlineData('0', Huge + "0", "It ends early.")]
    [InlineData('0', "-0000000001", "It has a number that is none.")]
    [InlineData('0', "x", "It has a number that is none.")]
    [InlineData('0', "\u0080\0\0\0\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "It has a length that no file can have.")]
    [InlineData('0', "\u0080\0\0\u0001\0\0\0\0\0\0\0\0", "It has a length that no file can have.")]
    [InlineData('0', "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "It has a number that is none.")]
    [InlineData('L', "4", "It has a name without a file.")]
    public async Task What_claims_the_impossible_is_refused(char type, string size, string reason)
    {
        // As long as it says, without taking the space.
        await using var archive = File.Create(_folder["x.tar"]);
        await archive.WriteAsync(Header(type, size), Cancellation);
        archive.SetLength(1L << 31);
        archive.Position = 0;

        Assert.Equal(reason, (await Assert.ThrowsAsync<InvalidDataException>(() => new PlainTar(archive).NextAsync(Cancellation))).Message);
    }

    [Theory]
    [InlineData(0)] // none of GNU tar
    [InlineData(1)] // damaged
    public async Task Another_header_is_refused(int change)
    {
        var header = Header('0', "0");
        header[change is 0 ? 263 : 10]++;
        using var archive = new MemoryStream([.. header, .. new byte[1024]]);

        await Assert.ThrowsAsync<InvalidDataException>(() => new PlainTar(archive).NextAsync(Cancellation));
    }

    [Fact]
    public async Task One_that_ends_without_an_end_is_refused()
    {
        using var archive = new MemoryStream(Header('0', "0"));
        var tar = new PlainTar(archive);
        await tar.NextAsync(Cancellation);

        await Assert.ThrowsAsync<InvalidDataException>(() => tar.NextAsync(Cancellation));
    }

    private static byte[] Header(char type, string size)
    {
        var header = new byte[512];
        Encoding.Latin1.GetBytes("x_1_all.deb").CopyTo(header, 0);
        Encoding.Latin1.GetBytes(size).CopyTo(header, 124);
        header.AsSpan(148, 8).Fill((byte)' ');
        header[156] = (byte)type;
        "ustar  \0"u8.CopyTo(header.AsSpan(257));
        Encoding.ASCII.GetBytes($"{Convert.ToString(header.Sum(one => one), 8).PadLeft(6, '0')}\0 ").CopyTo(header, 148);
        return header;
    }
}
