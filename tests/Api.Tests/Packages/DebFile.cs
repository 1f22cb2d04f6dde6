using System.Diagnostics;
using System.Security.Cryptography;

namespace EventSourced.Api.Tests.Packages;

/// <summary>A real Debian package, made by the real tool.</summary>
internal sealed record DebFile(string Name, byte[] Bytes)
{
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Bytes));

    public static async Task<DebFile> BuildAsync(string package, string version, string arch, string description = "a package of a test")
    {
        var folder = Directory.CreateTempSubdirectory("es-deb-");
        try
        {
            var control = Directory.CreateDirectory(Path.Combine(folder.FullName, "tree", "DEBIAN"));
            await File.WriteAllTextAsync(Path.Combine(control.FullName, "control"), $"""
                Package: {package}
                Version: {version}
                Architecture: {arch}
                Maintainer: Nobody <nobody@example.org>
                Description: {description}
                 with a second line

                """, TestContext.Current.CancellationToken);
            var file = Path.Combine(folder.FullName, "package.deb");
            using var dpkg = Process.Start(new ProcessStartInfo("dpkg-deb", ["--root-owner-group", "--build", Path.Combine(folder.FullName, "tree"), file])
            {
                RedirectStandardOutput = true,
            })!;
            await dpkg.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, dpkg.ExitCode);
            var name = $"{package}_{version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..]}_{arch}.deb";
            return new(name, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
