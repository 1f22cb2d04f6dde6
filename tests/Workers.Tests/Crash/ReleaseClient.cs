using System.Text.Json;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>Releases builds into the production repositories of their platform, once they are signed. A release that ran out of time is committed again.</summary>
internal sealed class ReleaseClient(Acknowledged acknowledged, int platform)
{
    public const int Completed = 3, Failed = 4;

    private const int BuiltInProduct = 1;

    /// <summary>Begins none when it is enough.</summary>
    public async Task ReleaseAsync(PatientClient client, int build, CancellationToken enough, CancellationToken token)
    {
        await Until.TrueAsync($"build {build} is signed", async () => (await ReadAsync(client, $"builds/{build}", token)).GetProperty("signed").GetBoolean(), Until.Stalled, token);
        if (enough.IsCancellationRequested)
            return;

        var planned = NewKey();
        var release = await PlanAsync(client, platform, build, planned, token);
        acknowledged.Releases[planned] = (release, build, platform);
        acknowledged.Count();
        while (await CommitAsync(client, release, token) is not Completed)
        {
        }
    }

    public static async Task<int> PlanAsync(PatientClient client, int platform, int build, string idempotencyKey, CancellationToken token) =>
        Parse(await client.PostAsync("/api/v1/releases/new/", idempotencyKey, new { builds = new[] { build }, platform_id = platform, product_id = BuiltInProduct }, token))
            .GetProperty("id").GetInt32();

    public static Task<string> CommitAsync(PatientClient client, int release, string idempotencyKey, CancellationToken token) =>
        client.PostAsync(CommitPath(release), idempotencyKey, new { }, token);

    public static string CommitPath(int release) => $"/api/v1/releases/{release}/commit/";

    public static async Task<(int Status, JsonElement Plan)> ReadAsync(PatientClient client, int release, CancellationToken token)
    {
        var answer = await ReadAsync(client, $"releases/{release}", token);
        return (answer.GetProperty("status").GetInt32(), answer.GetProperty("plan"));
    }

    /// <returns>How it ended.</returns>
    private async Task<int> CommitAsync(PatientClient client, int release, CancellationToken token)
    {
        var committed = NewKey();
        await CommitAsync(client, release, committed, token);
        acknowledged.Commits[committed] = release;
        acknowledged.Count();
        await Until.TrueAsync($"release {release} ends", async () => (await ReadAsync(client, release, token)).Status is Completed or Failed, Until.Stalled, token);
        var (status, plan) = await ReadAsync(client, release, token);
        if (status is Failed)
            Assert.Contains("did not answer in time", plan.GetProperty("last_log").GetString(), StringComparison.Ordinal);

        return status;
    }

    private static async Task<JsonElement> ReadAsync(PatientClient client, string path, CancellationToken token) => Parse(await client.GetAsync($"/api/v1/{path}/", token));

    private static JsonElement Parse(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.Clone();
    }

    private static string NewKey() => Guid.CreateVersion7().ToString("N");
}
