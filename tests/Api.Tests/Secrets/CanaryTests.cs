using System.Text;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Tests.Accounts;
using EventSourced.ServiceDefaults.Secrets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventSourced.Api.Tests.Secrets;

/// <summary>Every secret that went through the host is looked for wherever it could have been left behind.</summary>
public sealed class CanaryTests : IAsyncLifetime
{
    private readonly ApiHost api = new() { RecordedLevel = LogLevel.Trace };
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly Dictionary<string, string> canaries = [];

    public ValueTask InitializeAsync() => api.InitializeAsync();

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task No_secret_is_in_the_database_the_log_or_the_data_folder_in_clear()
    {
        await UseEverythingAsync();

        var places = new Dictionary<string, string> { ["log"] = api.Log.Text, ["database"] = await DumpAsync() };
        foreach (var file in Directory.EnumerateFiles(api.DataFolder, "*", SearchOption.AllDirectories).Where(f => !IsKeyFile(f)))
            places[file] = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Token));

        Assert.Contains("user_registered", places["database"], StringComparison.Ordinal); // the search does look
        Assert.Contains(PrincipalDirectory.DigestOf(api.AdminKey), places["database"], StringComparison.Ordinal);
        Assert.Contains("/api/users", places["log"], StringComparison.Ordinal);
        foreach (var (place, text) in places)
            foreach (var (name, secret) in canaries)
                Assert.False(FormsOf(secret).Any(form => text.Contains(form, StringComparison.OrdinalIgnoreCase)), $"{name} is in the {place}.");
    }

    private async Task UseEverythingAsync()
    {
        var (login, mail, password, replaced) = ("canary-login", "canary-mail@example.org", "canary password one", "canary password two");
        var user = (await api.Http.Post("/api/users", new { login, mail, displayName = "Canary Name", password }).As(api.AdminKey)
            .With("Idempotency-Key", "canary").Expect(201)).Json.GetProperty("id").GetInt32();
        var token = (await api.Http.Post("/api/tokens", new { login, password }).Expect(200)).Json.GetProperty("token").GetString()!;
        await api.Http.Put($"/api/users/{user}/password", new { password = replaced }).As(token).Expect(204);
        await api.Http.Post("/api/tokens", new { login, password = "canary password wrong" }).Expect(401);
        var key = await api.Http.Post("/api/keys", new { label = "canary" }).As(token).With("Idempotency-Key", "canary").Expect(201);
        var node = await api.Http.Post("/api/nodes", new { name = "canary" }).As(api.AdminKey).Expect(201);
        await api.Http.Get("/api/me").As("canary-unknown-key-canary-unknown-key").Expect(401);
        await api.Http.Get("/api/me").With("Authorization", $"Basic {Convert.ToBase64String("x:canary-basic-password"u8)}").Expect(401);
        await api.Http.Post("/api/users", $$"""{"login":"bad json","password":"canary password malformed" """).As(api.AdminKey).Expect(400);
        await api.Http.Get("/api/v1/builds/?pageNumber=1").As(key.Json.GetProperty("key").GetString()!).Expect(200);
        await api.Http.Post("/api/v1/build_node/ping", new { active_tasks = Array.Empty<int>() }).As(node.Json.GetProperty("token").GetString()!).Expect(200);
        await api.Services.GetRequiredService<SecretStore>().PutAsync("canary-kept-secret", Token);

        Add("login", login, "mail", mail, "display name", "Canary Name", "password", password, "new password", replaced, "token", token);
        Add("wrong password", "canary password wrong", "malformed password", "canary password malformed", "kept secret", "canary-kept-secret");
        Add("unknown key", "canary-unknown-key", "basic password", "canary-basic-password");
        Add("API key", key.Json.GetProperty("key").GetString()!, "node's token", node.Json.GetProperty("token").GetString()!);
        Add("administrator's key", api.AdminKey, "local node's token", api.NodeToken, "local sign node's token", api.SignToken);
        Add("master key", (await File.ReadAllTextAsync(Path.Combine(api.DataFolder, "master.key"), Token)).Trim());
        var secrets = api.Services.GetRequiredService<HostSecrets>();
        foreach (var name in new[] { HostSecrets.Tokens, HostSecrets.SubjectIndex, HostSecrets.IssuedKeys, HostSecrets.RequestDigests })
            Add(name, Encoding.Latin1.GetString(secrets[name]));
    }

    private void Add(params string[] pairs)
    {
        for (var i = 0; i < pairs.Length; i += 2)
            canaries.Add(pairs[i], pairs[i + 1]);
    }

    /// <summary>As it is, and as a table's bytes, a log or JSON would show it.</summary>
    private static IEnumerable<string> FormsOf(string secret)
    {
        var bytes = Encoding.Latin1.GetBytes(secret);
        return [secret, Convert.ToHexString(bytes), Convert.ToBase64String(bytes).TrimEnd('='), Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_'), Uri.EscapeDataString(secret)];
    }

    private static bool IsKeyFile(string path) => Path.GetFileName(path) is "admin.key" or "master.key" or "node-build.token" or "node-sign.token";

    /// <summary>Every row of every table as text.</summary>
    private async Task<string> DumpAsync()
    {
        var dump = new StringBuilder();
        await using var connection = await api.Database.DataSource.OpenConnectionAsync(Token);
        await using var list = new Npgsql.NpgsqlCommand(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1", connection);
        var tables = new List<string>();
        await using (var reader = await list.ExecuteReaderAsync(Token))
            while (await reader.ReadAsync(Token))
                tables.Add(reader.GetString(0));

        foreach (var table in tables)
        {
            using var copy = await connection.BeginTextExportAsync($"copy {table} to stdout", Token);
            dump.Append(table).Append('\n').Append(await copy.ReadToEndAsync(Token)).Append('\n');
        }

        return dump.ToString();
    }
}
