using System.Text.Json;
using EventSourced.Api.Tests.Accounts;
using EventSourced.Api.Tests.Packages.Albs;

namespace EventSourced.Api.Tests.Packages.Signing;

public sealed class SignKeyTests(ApiHost host) : IClassFixture<ApiHost>
{
    private const string Armored = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxyz\n-----END PGP PUBLIC KEY BLOCK-----\n";

    private static int numbers;

    private readonly AlbsClient albs = new(host);
    private readonly string keyId = $"AB{Interlocked.Increment(ref numbers):X14}";

    [Fact]
    public async Task A_key_is_registered_listed_and_changed_and_never_shows_its_fingerprint()
    {
        var made = (await NewKey(new { platform_ids = Array.Empty<int>() }).As(albs.Admin).Expect(201)).Json;

        Assert.Equal(
            ["id", "name", "description", "keyid", "public_url", "inserted", "active", "archived", "platform_ids", "product_id"],
            made.EnumerateObject().Select(p => p.Name));
        Assert.Equal((keyId, "http://k/demo.asc", true), (Text(made, "keyid"), Text(made, "public_url"), made.GetProperty("active").GetBoolean()));
        Assert.Contains(Id(made), await ListedAsync(albs.Admin));
        var changed = (await albs.Http.Put($"/api/v1/sign-keys/{Id(made)}", new { name = "other", description = (string?)null }).As(albs.Admin).Expect(200)).Json;
        Assert.Equal(("other", "a key"), (Text(changed, "name"), Text(changed, "description")));
    }

    [Fact]
    public async Task A_known_key_id_or_fingerprint_is_400()
    {
        await NewKey(new { }).As(albs.Admin).Expect(201);

        await NewKey(new { fingerprint = "00" }).As(albs.Admin).Expect(400);
        await NewKey(new { keyid = "00" }).As(host.SignToken).Expect(400);
        var other = (await NewKey(new { keyid = $"0{keyId[3..]}", fingerprint = $"0{keyId[3..]}" }).As(albs.Admin).Expect(201)).Json;
        await albs.Http.Put($"/api/v1/sign-keys/{Id(other)}/", new { keyid = keyId }).As(albs.Admin).Expect(400);
    }

    [Fact]
    public async Task Who_repeats_with_an_idempotency_key_gets_the_first_answer()
    {
        var first = (await NewKey(new { }).As(albs.Admin).With("Idempotency-Key", keyId).Expect(201)).Text;
        Assert.Equal(first, (await NewKey(new { }).As(albs.Admin).With("Idempotency-Key", keyId).Expect(201)).Text);
    }

    [Fact]
    public async Task Keys_that_register_at_once_are_one()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => NewKey(new { }).As(albs.Admin).Send()));

        Assert.Single(answers, a => a.Status is 201);
        Assert.All(answers.Where(a => a.Status is not 201), a => Assert.Equal(400, a.Status));
    }

    [Fact]
    public async Task Unknown_platforms_are_left_out_unless_there_is_no_other()
    {
        await albs.CreatePlatformAsync("a1");
        var known = (await albs.Http.Get("/api/v1/platforms/").Expect(200)).Json[0].GetProperty("id").GetInt32();

        var made = (await NewKey(new { platform_ids = new[] { known, 2_000_000_000 } }).As(albs.Admin).Expect(201)).Json;
        await NewKey(new { keyid = "11", fingerprint = "11", platform_ids = new[] { 2_000_000_000 } }).As(albs.Admin).Expect(400);

        Assert.Equal([known], made.GetProperty("platform_ids").EnumerateArray().Select(p => p.GetInt32()));
    }

    [Fact]
    public async Task A_public_key_that_came_with_it_is_served()
    {
        var made = (await NewKey(new { public_key = Armored, public_url = (string?)null }).As(albs.Admin).Expect(201)).Json;

        Assert.EndsWith($"/pulp/content/sign_keys/{keyId}.asc", Text(made, "public_url"), StringComparison.Ordinal);
        Assert.Equal(Armored, (await albs.Http.Get(Text(made, "public_url")!).Expect(200)).Text);
        await albs.Http.Get("/pulp/content/sign_keys/0000.asc").Expect(404);
        await albs.Http.Get($"/pulp/content/sign_keys/{keyId}").Expect(404);
    }

    [Fact]
    public async Task An_archived_key_is_not_listed_any_more()
    {
        var key = Id((await NewKey(new { }).As(albs.Admin).Expect(201)).Json);

        await albs.Http.Post($"/api/sign-keys/{key}/archive").As(albs.Admin).Expect(204);
        await albs.Http.Post($"/api/sign-keys/{key}/archive").As(albs.Admin).Expect(204);

        Assert.DoesNotContain(key, await ListedAsync(albs.Admin));
        await albs.Http.Post("/api/sign-keys/2000000000/archive").As(albs.Admin).Expect(404);
    }

    [Fact]
    public async Task Who_may_not_use_keys_sees_none()
    {
        await NewKey(new { }).As(albs.Admin).Expect(201);

        Assert.NotEmpty(await ListedAsync(host.SignToken));
        Assert.Empty(await ListedAsync(host.NodeToken));
        Assert.Empty(await ListedAsync(await host.KeyOfNewAsync()));
        Assert.NotEmpty(await ListedAsync(await host.KeyOfNewAsync("signer")));
        await NewKey(new { keyid = "22", fingerprint = "22" }).As(await host.KeyOfNewAsync("signer")).Expect(403);
    }

    private HttpScenario NewKey(object changes)
    {
        var body = new Dictionary<string, object?> { ["name"] = "demo", ["description"] = "a key", ["keyid"] = keyId, ["fingerprint"] = $"CD34{keyId}", ["public_url"] = "http://k/demo.asc" };
        foreach (var property in JsonSerializer.SerializeToElement(changes).EnumerateObject())
            body[property.Name] = property.Value;

        return albs.Http.Post("/api/v1/sign-keys/new", body);
    }

    private async Task<IEnumerable<int>> ListedAsync(string credential) =>
        (await albs.Http.Get("/api/v1/sign-keys").As(credential).Expect(200)).Json.EnumerateArray().Select(Id);

    private static int Id(JsonElement key) => key.GetProperty("id").GetInt32();

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
