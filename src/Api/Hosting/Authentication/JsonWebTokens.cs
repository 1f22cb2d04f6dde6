using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EventSourced.Domain.Accounts;
using EventSourced.ServiceDefaults.Secrets;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>
/// JSON web tokens, HS256 only (RFC 7515, 7519), written here because no maintained package restores. Carries both payload forms of the build
/// system's contract at once: <c>sub</c>/<c>aud</c>/<c>exp</c> and <c>expires</c>/<c>identity.user_id</c>; either is accepted.
/// </summary>
public sealed class JsonWebTokens(HostSecrets secrets, TimeProvider time)
{
    public const string Audience = "fastapi-users:auth";

    private const int LongestToken = 8 * 1024;

    private static readonly string Header = Encode("""{"alg":"HS256","typ":"JWT"}"""u8);

    /// <param name="userId">Whose.</param>
    /// <param name="key">The key it is recorded as.</param>
    /// <param name="expiresAt">To the second.</param>
    public string Issue(int userId, ApiKeyId key, DateTimeOffset expiresAt)
    {
        var expires = expiresAt.ToUnixTimeSeconds();
        var payload = JsonSerializer.SerializeToUtf8Bytes(new
        {
            sub = userId.ToString(CultureInfo.InvariantCulture),
            aud = new[] { Audience },
            jti = key.StreamKey,
            iat = time.GetUtcNow().ToUnixTimeSeconds(),
            exp = expires,
            expires = (double)expires,
            identity = new { user_id = userId },
        });

        var signed = $"{Header}.{Encode(payload)}";
        return $"{signed}.{Encode(HMACSHA256.HashData(secrets[HostSecrets.Tokens], Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>Whose valid token this is; otherwise whose it claims to be, for the throttle.</summary>
    public TokenCheck Check(string token)
    {
        var parts = token.Length > LongestToken ? [] : token.Split('.');
        if (parts.Length != 3 || Decode(parts[0]) is not { } header || Decode(parts[1]) is not { } payload || Decode(parts[2]) is not { } signature)
            return TokenCheck.Refused(null);

        try
        {
            using var claims = JsonDocument.Parse(payload);
            var userId = UserId(claims.RootElement);
            return userId is { } id && IsHs256(header) && IsSigned(parts, signature) && IsForUs(claims.RootElement) && IsAlive(claims.RootElement)
                ? new TokenCheck(true, id, EndOf(claims.RootElement), IsRecorded(claims.RootElement))
                : TokenCheck.Refused(userId);
        }
        catch (JsonException)
        {
            return TokenCheck.Refused(null);
        }
    }

    private bool IsSigned(string[] parts, byte[] signature) =>
        CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(secrets[HostSecrets.Tokens], Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}")), signature);

    /// <summary>The algorithm is ours to choose, never the token's; <c>crit</c> would demand what we do not know.</summary>
    private static bool IsHs256(byte[] header)
    {
        using var json = JsonDocument.Parse(header);
        return json.RootElement is { ValueKind: JsonValueKind.Object } root
            && root.TryGetProperty("alg", out var algorithm) && algorithm.ValueKind is JsonValueKind.String && algorithm.ValueEquals("HS256")
            && !root.TryGetProperty("crit", out _);
    }

    private static bool IsForUs(JsonElement claims) => !claims.TryGetProperty("aud", out var audience) || audience.ValueKind switch
    {
        JsonValueKind.String => audience.ValueEquals(Audience),
        JsonValueKind.Array => audience.EnumerateArray().Any(a => a.ValueKind is JsonValueKind.String && a.ValueEquals(Audience)),
        _ => false,
    };

    /// <summary>At least one expiry, and none of them passed.</summary>
    private bool IsAlive(JsonElement claims)
    {
        var expiries = Expiries(claims);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        return expiries.Length > 0 && expiries.All(e => e > now) && (!claims.TryGetProperty("nbf", out var from) || Seconds(from) <= now);
    }

    private static double[] Expiries(JsonElement claims) => [.. claims.EnumerateObject().Where(c => c.Name is "exp" or "expires").Select(c => Seconds(c.Value))];

    /// <summary>Of a token that is alive.</summary>
    private static DateTimeOffset EndOf(JsonElement claims) =>
        DateTimeOffset.UnixEpoch.AddSeconds(Math.Min(Expiries(claims).Min(), (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).TotalSeconds - 1));

    private static double Seconds(JsonElement value) => value.ValueKind is JsonValueKind.Number && value.TryGetDouble(out var seconds) && double.IsFinite(seconds) ? seconds : double.NaN;

    /// <summary>From <c>sub</c> (a text) or <c>identity.user_id</c> (a number); both must agree.</summary>
    private static int? UserId(JsonElement claims)
    {
        if (claims.ValueKind is not JsonValueKind.Object)
            return null;

        int? subject = claims.TryGetProperty("sub", out var sub) && sub.ValueKind is JsonValueKind.String
            && int.TryParse(sub.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var s) ? s : null;
        int? identity = claims.TryGetProperty("identity", out var i) && i.ValueKind is JsonValueKind.Object && i.TryGetProperty("user_id", out var user)
            && user.ValueKind is JsonValueKind.Number && user.TryGetInt32(out var u) ? u : null;

        return subject is not null && identity is not null && subject != identity ? null : subject ?? identity;
    }

    /// <summary>Tokens that other programs sign with our secret name no key of ours.</summary>
    private static bool IsRecorded(JsonElement claims) =>
        claims.TryGetProperty("jti", out var id) && id.ValueKind is JsonValueKind.String && id.GetString()!.StartsWith($"{ApiKeyId.Alias}-", StringComparison.Ordinal);

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private static byte[]? Decode(string text) => Base64Url.IsValid(text) && !text.AsSpan().ContainsAny("= \t\r\n") ? Base64Url.DecodeFromChars(text) : null;
}

/// <summary>What a token says.</summary>
/// <param name="IsValid">Signed by us, for us, alive.</param>
/// <param name="UserId">The user it names; of a token that is not valid only a claim; null when it names none.</param>
/// <param name="ExpiresAt">When it ends; null of one that is not valid.</param>
/// <param name="IsRecorded">Whether it is one of ours, and so counts only as long as the key it is recorded as.</param>
public sealed record TokenCheck(bool IsValid, int? UserId, DateTimeOffset? ExpiresAt, bool IsRecorded)
{
    internal static TokenCheck Refused(int? claimed) => new(false, claimed, ExpiresAt: null, IsRecorded: false);
}
