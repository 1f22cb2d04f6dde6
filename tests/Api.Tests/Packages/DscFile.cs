using System.Security.Cryptography;
using System.Text;

namespace EventSourced.Api.Tests.Packages;

/// <summary>A Debian source package as its builder sends it.</summary>
internal sealed record DscFile(byte[] Tarball, byte[] Dsc, byte[] Changes)
{
    public static DscFile Make(string package, string version)
    {
        var tarball = Encoding.UTF8.GetBytes($"bytes of a tarball {Guid.CreateVersion7()}");
        var file = $"Checksums-Sha256:\n {Convert.ToHexStringLower(SHA256.HashData(tarball))} {tarball.Length} {package}_{version}.tar.xz\n";
        return new(tarball, Encoding.UTF8.GetBytes($"""
            Format: 3.0 (native)
            Source: {package}
            Binary: {package}
            Architecture: any
            Version: {version}
            Maintainer: Nobody <nobody@example.org>
            Standards-Version: 4.6.2
            {file}Files:
             {new string('0', 32)} {tarball.Length} {package}_{version}.tar.xz

            """), Encoding.UTF8.GetBytes($"Format: 1.8\nSource: {package}\nVersion: {version}\nArchitecture: source\n{file}"));
    }
}
