using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Domain.Accounts;
using EventSourced.ServiceDefaults.Secrets;

namespace EventSourced.Api.Accounts;

/// <summary>A new API key: shown once, kept only as a digest.</summary>
/// <param name="ApiKeyId">Its name.</param>
/// <param name="Key">The secret itself.</param>
public sealed record KeyMaterial(ApiKeyId ApiKeyId, string Key)
{
    private const string Prefix = "esk_";
    private const int KeyBytes = 32;

    public string Digest => PrincipalDirectory.DigestOf(Key);

    public static KeyMaterial Random() => new(new ApiKeyId(Guid.CreateVersion7()), Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes)));

    /// <summary>
    /// Random, unless the request has an <c>Idempotency-Key</c>: then id and key follow from it under a secret of the host, so that the same request
    /// repeated after a lost answer gets the same key, although nobody kept it.
    /// </summary>
    public static KeyMaterial For(MessageContext message, HostSecrets secrets)
    {
        if (message.Idempotency is not { } request)
            return Random();

        byte[] Derive(string what) => HMACSHA256.HashData(
            secrets[HostSecrets.IssuedKeys],
            Encoding.UTF8.GetBytes($"{what}\n{request.Principal}\n{request.Operation}\n{request.Key}\n{Convert.ToHexString(request.BodyDigest)}"));

        return new(new ApiKeyId(new Guid(Derive("id").AsSpan(0, 16))), Prefix + Base64Url.EncodeToString(Derive("key")));
    }
}
