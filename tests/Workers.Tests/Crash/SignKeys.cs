using System.Text.Json;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>The key of the sign node.</summary>
internal static class SignKeys
{
    /// <summary>Waits until the sign node has registered its key, and makes it one of the platforms': only what such keys signed is released.</summary>
    public static async Task TrustAsync(PatientClient client, IReadOnlyCollection<int> platforms, CancellationToken token)
    {
        var key = 0;
        await Until.TrueAsync("the sign node has a key", async () => (key = await FindAsync(client, token)) > 0, Until.Stalled, token);
        await client.SendAsync(HttpMethod.Put, $"/api/v1/sign-keys/{key}/", "trust", new { platform_ids = platforms }, token);
    }

    /// <returns>0 when there is none.</returns>
    private static async Task<int> FindAsync(PatientClient client, CancellationToken token)
    {
        using var keys = JsonDocument.Parse(await client.GetAsync("/api/v1/sign-keys/", token));
        return keys.RootElement.EnumerateArray().Select(key => key.GetProperty("id").GetInt32()).SingleOrDefault();
    }
}
