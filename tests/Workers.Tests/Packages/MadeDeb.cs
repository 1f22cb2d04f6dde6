using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A package put together byte by byte, as dpkg-deb would never make it.</summary>
internal static class MadeDeb
{
    public const string Control = "Package: tally\nVersion: 1.0\nArchitecture: amd64\nMaintainer: Ann <ann@example.org>\nDescription: counts\n lines\n";

    private static readonly (string Name, byte[] Content) Data = ("data.tar", Tar(("./usr/share/tally", "data"u8.ToArray())));

    public static byte[] Of(params (string Name, byte[] Content)[] control) => Archive(("control.tar", Tar(control)), Data);

    public static byte[] Of(string control, string name = "./control") => Of((name, Encoding.UTF8.GetBytes(control)));

    /// <summary>In which dpkg reads the one and apt the other, by one of six ways.</summary>
    public static async Task<byte[]> OfTwoAsync(int way, string first, string second, CancellationToken cancellation)
    {
        var (one, other) = (Encoding.UTF8.GetBytes(first), Encoding.UTF8.GetBytes(second));
        return way switch
        {
            1 => Archive(("control.tar.xz", await XzAsync(InTar(one), cancellation)), Data, ("control.tar.gz", Gzip(InTar(other)))),
            2 => Archive(("control.tar.gz", Gzip(InTar(one))), Data, ("control.tar", InTar(other))),
            3 => Archive(("control.tar.gz", Gzip(InTar(one))), Data, ("control.tar.gz", Gzip(InTar(other)))),
            4 => Of(("./control", other), (".//control", one)),
            5 => OfEntries(Entry("./control", other), Entry("pax", "18 path=./control\n"u8, type: 'x'), Entry("x", one)),
            _ => OfEntries(Entry("./real", one), Entry("./control", other), Entry(".//control", [], type: '2', target: "real")),
        };

        static byte[] OfEntries(params byte[][] entries) => Archive(("control.tar", [.. entries.SelectMany(entry => entry), .. new byte[1024]]), Data);

        static byte[] InTar(byte[] text) => Tar(("./control", text));
    }

    /// <summary>Of few bytes, with a control archive of many.</summary>
    public static async Task<byte[]> BombAsync(int bytes, CancellationToken cancellation)
    {
        var tar = Tar(("./control", Encoding.UTF8.GetBytes(Control)), ("./large", new byte[bytes]));
        return Archive(("control.tar.xz", await XzAsync(tar, cancellation)), Data);
    }

    private static Task<byte[]> XzAsync(byte[] bytes, CancellationToken cancellation) =>
        Tool.RunAsync("xz", ["-0", "--stdout"], ToolContext.Default with { Input = bytes }, cancellation);

    private static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(bytes);

        return compressed.ToArray();
    }

    private static byte[] Archive(params (string Name, byte[] Content)[] members)
    {
        using var archive = new MemoryStream();
        archive.Write("!<arch>\n"u8);
        foreach (var (name, content) in members.Prepend(("debian-binary", "2.0\n"u8.ToArray())))
        {
            archive.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name,-16}{0,-12}{0,-6}{0,-6}{"100644",-8}{content.Length,-10}`\n")));
            archive.Write(content);
            if (content.Length % 2 is 1)
                archive.Write("\n"u8);
        }

        return archive.ToArray();
    }

    /// <summary>One entry, for what no writer of archives would write.</summary>
    private static byte[] Entry(string name, ReadOnlySpan<byte> content, char type = '0', string target = "")
    {
        var entry = new byte[512 + ((content.Length + 511) / 512 * 512)];
        var fields = new[]
        {
            (0, name), (100, "0000644"), (124, Convert.ToString(content.Length, 8).PadLeft(11, '0')), (136, "00000000000"), (148, "        "), (156, $"{type}{target}"),
            (257, "ustar\000"),
        };
        foreach (var (at, text) in fields)
            Encoding.ASCII.GetBytes(text, entry.AsSpan(at));

        Encoding.ASCII.GetBytes(Convert.ToString(entry.Sum(b => b), 8).PadLeft(6, '0') + "\0 ", entry.AsSpan(148));
        content.CopyTo(entry.AsSpan(512));
        return entry;
    }

    private static byte[] Tar(params (string Name, byte[] Content)[] files)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Gnu, leaveOpen: true))
        {
            foreach (var (name, content) in files)
                tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }

        return bytes.ToArray();
    }
}
