using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace EventSourced.ServiceDefaults.Secrets;

/// <summary>Encrypts and decrypts the personal fields of one subject. The text form <c>v1.…</c> is a storage format.</summary>
public sealed class SubjectCipher
{
    private const string Prefix = "v1.";

    private readonly string subject;
    private readonly byte[] key;

    internal SubjectCipher(string subject, byte[] key) => (this.subject, this.key) = (subject, key);

    /// <summary>Encrypts one field; bound to subject and field name.</summary>
    public string Seal(string field, string plain) =>
        Prefix + Base64Url.EncodeToString(Sealing.Seal(key, Encoding.UTF8.GetBytes(plain), Associated(field)));

    /// <summary>Decrypts what <see cref="Seal"/> made for the same subject and field.</summary>
    /// <exception cref="CryptographicException">Another subject, field or key, or damaged.</exception>
    public string Open(string field, string text) =>
        text.StartsWith(Prefix, StringComparison.Ordinal) && Base64Url.IsValid(text.AsSpan(Prefix.Length))
            ? Encoding.UTF8.GetString(Sealing.Open(key, Base64Url.DecodeFromChars(text.AsSpan(Prefix.Length)), Associated(field)))
            : throw new CryptographicException("Not a sealed field.");

    private byte[] Associated(string field) => Encoding.UTF8.GetBytes($"{subject}\n{field}");
}
