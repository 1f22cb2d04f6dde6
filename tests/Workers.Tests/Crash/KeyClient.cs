using System.Text.Json;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>Asks for an API key, and revokes it by a command that it sends only once, and again: cheap commands, so that kills meet them at every stage.</summary>
internal sealed class KeyClient(Installation installation, Acknowledged acknowledged)
{
    public const string Label = "crash";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);

    public async Task RunAsync(CancellationToken enough, CancellationToken token)
    {
        using var client = new PatientClient(installation, installation.AdminKey);
        using var pace = new PeriodicTimer(Pace);
        while (!enough.IsCancellationRequested)
        {
            var idempotencyKey = Guid.CreateVersion7().ToString("N");
            var id = IdOf(await client.PostAsync("/api/keys", idempotencyKey, Body, token));
            acknowledged.Keys[idempotencyKey] = id;
            acknowledged.Count();

            acknowledged.Revocations[id] = false;
            using var revocation = new HttpRequestMessage(HttpMethod.Delete, $"/api/keys/{id}");
            acknowledged.Revocations[id] = await client.OnceAsync(revocation, token) is not null;
            acknowledged.Count();
            await pace.WaitForNextTickAsync(token);
        }
    }

    /// <summary>Asks again with a key that was acknowledged.</summary>
    public static async Task<Guid> RepeatAsync(PatientClient client, string idempotencyKey, CancellationToken token) =>
        IdOf(await client.PostAsync("/api/keys", idempotencyKey, Body, token));

    private static object Body => new { label = Label };

    private static Guid IdOf(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("id").GetGuid();
    }
}
