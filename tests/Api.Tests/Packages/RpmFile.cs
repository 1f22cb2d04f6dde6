using System.Diagnostics;
using System.Security.Cryptography;

namespace EventSourced.Api.Tests.Packages;

/// <summary>A real rpm package, made by the real tool.</summary>
internal sealed record RpmFile(string Name, byte[] Bytes)
{
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Bytes));

    /// <summary>The source package and the binary package of one build; never twice the same bytes.</summary>
    public static async Task<(RpmFile Source, RpmFile Binary)> BuildAsync(
        string package, string version = "1.0", string arch = "x86_64", string summary = "A package of a test")
    {
        var folder = Directory.CreateTempSubdirectory("es-rpm-");
        try
        {
            var spec = Path.Combine(folder.FullName, $"{package}.spec");
            await File.WriteAllTextAsync(spec, $"""
                Name: {package}
                Version: {version}
                Release: 1
                Summary: {summary}
                License: MIT
                {(arch is "noarch" ? "BuildArch: noarch" : "")}

                %description
                Says nothing.

                %install
                mkdir -p %buildroot/opt
                echo {package} {Guid.CreateVersion7()} > %buildroot/opt/{package}

                %files
                /opt/{package}

                """, TestContext.Current.CancellationToken);
            using var rpmbuild = Process.Start(new ProcessStartInfo(
                "rpmbuild", ["-ba", "--quiet", "--define", $"_topdir {folder.FullName}", "--define", "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm", "--target", "x86_64", spec])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            var said = await rpmbuild.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await rpmbuild.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(rpmbuild.ExitCode is 0, said);
            return (await ReadAsync(folder, $"SRPMS/{package}-{version}-1.src.rpm"), await ReadAsync(folder, $"RPMS/{package}-{version}-1.{arch}.rpm"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<RpmFile> ReadAsync(DirectoryInfo folder, string path) =>
        new(Path.GetFileName(path), await File.ReadAllBytesAsync(Path.Combine(folder.FullName, path), TestContext.Current.CancellationToken));
}
