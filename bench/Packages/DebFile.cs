using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace EventSourced.Bench.Packages;

/// <summary>A small Debian package, made without a tool.</summary>
internal static class DebFile
{
    public static byte[] Create(string name, string version)
    {
        using var deb = new MemoryStream();
        deb.Write("!<arch>\n"u8);
        Member(deb, "debian-binary", "2.0\n"u8.ToArray());
        Member(deb, "control.tar.gz", Tar("./control", $"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Ann <ann@example.org>\nDescription: a package of a measurement\n"));
        Member(deb, "data.tar.gz", Tar($"./usr/share/doc/{name}/readme", $"{name} {version}\n"));
        return deb.ToArray();
    }

    private static byte[] Tar(string path, string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });

        return bytes.ToArray();
    }

    private static void Member(MemoryStream deb, string name, byte[] bytes)
    {
        deb.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name,-16}{0,-12}{0,-6}{0,-6}{"100644",-8}{bytes.Length,-10}`\n")));
        deb.Write(bytes);
        if (bytes.Length % 2 is 1)
            deb.WriteByte((byte)'\n');
    }
}
