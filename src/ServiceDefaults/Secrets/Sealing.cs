using System.Security.Cryptography;

namespace EventSourced.ServiceDefaults.Secrets;

/// <summary>AES-256-GCM; the result is a version byte, a fresh nonce, the tag and the cipher text.</summary>
internal static class Sealing
{
    public const int KeyBytes = 32;

    private const byte Version = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeadBytes = 1 + NonceBytes + TagBytes;

    public static byte[] Seal(byte[] key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated)
    {
        var result = new byte[HeadBytes + plain.Length];
        result[0] = Version;
        var nonce = result.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(nonce, plain, result.AsSpan(HeadBytes), result.AsSpan(1 + NonceBytes, TagBytes), associated);
        return result;
    }

    /// <exception cref="CryptographicException">Another key, another purpose, or damaged.</exception>
    public static byte[] Open(byte[] key, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> associated)
    {
        if (sealedBytes.Length < HeadBytes || sealedBytes[0] != Version)
            throw new CryptographicException("Not a sealed value of a known version.");

        var plain = new byte[sealedBytes.Length - HeadBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(sealedBytes.Slice(1, NonceBytes), sealedBytes[HeadBytes..], sealedBytes.Slice(1 + NonceBytes, TagBytes), plain, associated);
        return plain;
    }
}
