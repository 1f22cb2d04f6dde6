using System.Security.Cryptography;
using System.Text;

namespace EventSourced.ServiceDefaults.Secrets;

/// <summary>The one secret that is not in the database: it wraps the rows that hold all others.</summary>
public sealed class MasterKey
{
    public const string Variable = "EVENTSOURCED_MASTER_KEY";

    private const string FileName = "master.key";
    private const int ShortestText = 32;

    private readonly byte[] key;

    private MasterKey(string text) => key = SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>From the text of <see cref="Variable"/>, else from <c>master.key</c> in the data folder, which is made (0600) when missing.</summary>
    /// <exception cref="ConfigurationException">The text is shorter than 32 characters.</exception>
    public static MasterKey Load(string? text, string dataFolder)
    {
        var (value, source) = string.IsNullOrEmpty(text) ? ReadOrCreate(dataFolder) : (text, Variable);
        return value.Length < ShortestText
            ? throw new ConfigurationException($"{source} must have at least {ShortestText} characters.")
            : new MasterKey(value);
    }

    /// <summary>Encrypts for one purpose.</summary>
    public byte[] Wrap(string purpose, ReadOnlySpan<byte> plain) => Sealing.Seal(KeyFor(purpose), plain, Encoding.UTF8.GetBytes(purpose));

    /// <summary>Decrypts what <see cref="Wrap"/> made for the same purpose.</summary>
    /// <exception cref="ConfigurationException">It was wrapped by another master key.</exception>
    public byte[] Unwrap(string purpose, ReadOnlySpan<byte> wrapped)
    {
        try
        {
            return Sealing.Open(KeyFor(purpose), wrapped, Encoding.UTF8.GetBytes(purpose));
        }
        catch (CryptographicException)
        {
            throw new ConfigurationException(
                $"The master key of this host does not open the secrets of this database. Give every host the same {Variable} (or data folder).");
        }
    }

    private byte[] KeyFor(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, Sealing.KeyBytes, info: Encoding.UTF8.GetBytes(purpose));

    private static (string Value, string Source) ReadOrCreate(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path))
            PrivateFiles.CreateOnce(path, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Sealing.KeyBytes)));

        return (File.ReadAllText(path).Trim(), path);
    }
}
