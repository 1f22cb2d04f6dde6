using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.ServiceDefaults.Secrets;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Accounts;

/// <summary>Tokens made by hand with the host's real secret, so that only what a test changes is wrong with them.</summary>
public sealed class JsonWebTokenTests(ApiHost api) : IClassFixture<ApiHost>
{
    private const string Hs256 = """{"alg":"HS256","typ":"JWT"}""";

    private static readonly long Later = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds();
    private static readonly long Before = DateTimeOffset.UtcNow.AddSeconds(-1).ToUnixTimeSeconds();

    private byte[] Secret => api.Services.GetRequiredService<HostSecrets>()[HostSecrets.Tokens];

    public static JsonElement PayloadOf(string token) => JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(token.Split('.')[1]));

    public static TheoryData<string> Accepted => new(
        $$"""{"sub":"1","aud":["fastapi-users:auth"],"exp":{{Later}}}""",
        $$"""{"sub":"1","aud":"fastapi-users:auth","exp":{{Later}}}""",
        $$"""{"expires":{{Later}}.5,"identity":{"user_id":1} }""",
        $$"""{"sub":"1","exp":{{Later}}}""",
        $$"""{"sub":"1","exp":{{Later}},"expires":{{Later}},"identity":{"user_id":1},"extra":[1,2]}""",
        $$"""{"sub":"1","exp":{{Later}},"jti":"of another program"}""");

    public static TheoryData<string> Refused => new(
        $$"""{"sub":"1","exp":{{Before}}}""",
        $$"""{"expires":{{Before}}.9,"identity":{"user_id":1} }""",
        $$"""{"sub":"1","exp":{{Later}},"expires":{{Before}}}""",
        $$"""{"sub":"99999","exp":{{Later}}}""",
        $$"""{"sub":"1","exp":{{Later}},"jti":"api_key-01999999-0000-7000-8000-000000000000"}""",
        """{"sub":"1"}""",
        """{"sub":"1","exp":null}""",
        $$"""{"sub":"1","exp":"{{Later}}"}""",
        """{"sub":"1","exp":1e999}""",
        $$"""{"sub":"1","aud":["somebody-else"],"exp":{{Later}}}""",
        $$"""{"sub":"1","aud":null,"exp":{{Later}}}""",
        $$"""{"sub":"1","aud":[],"exp":{{Later}}}""",
        $$"""{"sub":"1","exp":{{Later}},"nbf":{{Later}}}""",
        $$"""{"sub":"1","exp":{{Later}},"identity":{"user_id":2} }""",
        $$"""{"sub":1,"exp":{{Later}}}""",
        $$"""{"sub":"-1","exp":{{Later}}}""",
        $$"""{"exp":{{Later}}}""",
        $$"""[{"sub":"1","exp":{{Later}}}]""",
        "null",
        "{");

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task Accepted_payloads(string payload) => await api.Http.Get("/api/me").As(Signed(Hs256, payload)).Expect(200);

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Refused_payloads(string payload) => await api.Http.Get("/api/me").As(Signed(Hs256, payload)).Expect(401, 429);

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"hs256"}""")]
    [InlineData("""{"alg":"HS512"}""")]
    [InlineData("""{"alg":"RS256"}""")]
    [InlineData("""{"alg":null}""")]
    [InlineData("""{"typ":"JWT"}""")]
    [InlineData("""{"alg":"HS256","crit":["b64"],"b64":false}""")]
    [InlineData("[]")]
    [InlineData("HS256")]
    public async Task Another_algorithm_is_refused_even_with_our_signature(string header) =>
        await api.Http.Get("/api/me").As(Signed(header, Accepted.First().Data)).Expect(401, 429);

    [Fact]
    public async Task An_unsigned_token_is_refused()
    {
        var unsigned = $"{Encode("""{"alg":"none"}""")}.{Encode(Accepted.First().Data)}.";
        await api.Http.Get("/api/me").With("Authorization", $"Bearer {unsigned}").Expect(401, 429);
    }

    [Fact]
    public async Task Another_secret_a_cut_signature_and_a_changed_payload_are_refused()
    {
        var payload = Accepted.First().Data;
        var valid = Signed(Hs256, payload);
        string[] wrong =
        [
            Signed(Hs256, payload, RandomNumberGenerator.GetBytes(32)),
            Signed(Hs256, payload, []),
            valid[..^2],
            valid + "AA",
            valid.Replace(Encode(payload), Encode(payload.Replace("\"1\"", "\"2\"", StringComparison.Ordinal)), StringComparison.Ordinal),
            valid.Replace('.', ' '),
        ];

        foreach (var token in wrong)
            await api.Http.Get("/api/me").With("Authorization", $"Bearer {token}").Expect(401, 429);

        await api.Http.Get("/api/me").As(valid).Expect(200);
    }

    private string Signed(string header, string payload, byte[]? secret = null)
    {
        var signed = $"{Encode(header)}.{Encode(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret ?? Secret, Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
