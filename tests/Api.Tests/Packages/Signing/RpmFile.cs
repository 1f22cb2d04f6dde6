using System.Diagnostics;
using System.Security.Cryptography;

namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>Real packages, made by the real tool.</summary>
internal sealed record RpmFile(string Name, byte[] Bytes)
{
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Bytes));

    /// <summary>A source package and its binary one.</summary>
    public static async Task<(RpmFile Source, RpmFile Binary)> BuildAsync(string package, string content = "one", string summary = "a package of a test")
    {
        var token = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("es-rpm-");
        try
        {
            var spec = Path.Combine(folder.FullName, "x.spec");
            await File.WriteAllTextAsync(spec, $$"""
                Name: {{package}}
                Version: 1.0
                Release: 1
                Summary: {{summary}}
                License: MIT
                BuildArch: noarch
                %description
                A package of a test.
                %install
                mkdir -p %{buildroot}/opt
                echo {{content}} > %{buildroot}/opt/{{package}}
                %files
                /opt/{{package}}

                """, token);
            await RunAsync(folder.FullName, "rpmbuild", "--quiet", "-ba", "--define", $"_topdir {folder.FullName}", "--define", $"_tmppath {folder.FullName}", spec);
            return (await ReadAsync("*.src.rpm"), await ReadAsync("*.noarch.rpm"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        async Task<RpmFile> ReadAsync(string pattern)
        {
            var file = Directory.GetFiles(folder.FullName, pattern, SearchOption.AllDirectories).Single();
            return new(Path.GetFileName(file), await File.ReadAllBytesAsync(file, token));
        }
    }

    internal static async Task<string> RunAsync(string home, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = home };
        start.Environment["HOME"] = start.Environment["GNUPGHOME"] = home;
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode is 0, $"{program} ended with {process.ExitCode}: {await said}{output}");
        return output;
    }
}
