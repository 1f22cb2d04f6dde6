using System.Formats.Tar;
using System.Globalization;
using System.Text;
using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>A package put together byte by byte, as dpkg-deb would never make it.</summary>
internal static class MadeDeb
{
    public const string Control = "Package: tally\nVersion: 1.0\nArchitecture: amd64\nMaintainer: Ann <ann@example.org>\nDescription: counts\n lines\n";

    public static byte[] Of(params (string Name, byte[] Content)[] control) => Archive(("control.tar", Tar(control)));

    public static byte[] Of(string control, string name = "./control") => Of((name, Encoding.UTF8.GetBytes(control)));

    /// <summary>Of few bytes, with a control archive of many.</summary>
    public static async Task<byte[]> BombAsync(int bytes, CancellationToken cancellation)
    {
        var tar = Tar(("./control", Encoding.UTF8.GetBytes(Control)), ("./large", new byte[bytes]));
        return Archive(("control.tar.xz", await Tool.RunAsync("xz", ["-0", "--stdout"], ToolContext.Default with { Input = tar }, cancellation)));
    }

    private static byte[] Archive((string Name, byte[] Content) control)
    {
        using var archive = new MemoryStream();
        archive.Write("!<arch>\n"u8);
        foreach (var (name, content) in new[] { ("debian-binary", "2.0\n"u8.ToArray()), control, ("data.tar", Tar(("./usr/share/tally", "data"u8.ToArray()))) })
        {
            archive.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name,-16}{0,-12}{0,-6}{0,-6}{"100644",-8}{content.Length,-10}`\n")));
            archive.Write(content);
            if (content.Length % 2 is 1)
                archive.Write("\n"u8);
        }

        return archive.ToArray();
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
