using System.IO.Compression;
using System.Text;
using System.Text.Json;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Tests.Packages;
using EventSourced.Api.Tests.Packages.Albs;
using EventSourced.Api.Tests.Packages.Signing;
using EventSourced.Messaging.Tracking;
using EventSourced.ServiceDefaults.Secrets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventSourced.Api.Tests.Secrets;

/// <summary>Every secret that went through the hosts, with builds that were published and signed, is looked for wherever it could have been left behind.</summary>
public sealed class CanaryTests : IAsyncLifetime
{
    private const string BuildLog = "a line of the build's log", Changes = "Format: 1.8\nSource: canary\nVersion: 1.0\nArchitecture: amd64\n";

    private readonly BothHosts hosts = new() { Api = new ApiHost { RecordedLevel = LogLevel.Trace, Listens = true }, WorkersLevel = LogLevel.Trace };
    private readonly RecordedLog signNodeLog = new();
    private readonly Dictionary<string, string> canaries = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ApiHost Api => hosts.Api;

    public ValueTask InitializeAsync() => hosts.InitializeAsync();

    public ValueTask DisposeAsync() => hosts.DisposeAsync();

    [Fact]
    public async Task No_secret_is_in_the_database_the_logs_the_artifacts_or_the_data_folder_in_clear()
    {
        await UseEverythingAsync();
        await DeliverAsync();
        await SignAsync();

        var places = new Dictionary<string, string>
        {
            ["API's log"] = Api.Log.Text, ["workers' log"] = hosts.WorkersLog.Text, ["sign node's log"] = signNodeLog.Text, ["database"] = await DumpAsync(),
        };
        foreach (var file in Directory.EnumerateFiles(Api.DataFolder, "*", SearchOption.AllDirectories).Where(f => !IsKeyFile(f)))
            places[file] = TextOf(await File.ReadAllBytesAsync(file, Token));

        AssertLooked(places);
        foreach (var (place, text) in places)
            foreach (var (name, secret) in canaries)
                Assert.False(FormsOf(secret).Any(form => text.Contains(form, StringComparison.OrdinalIgnoreCase)), $"{name} is in the {place}.");
    }

    /// <summary>The search does look: what has to be there is found.</summary>
    private void AssertLooked(Dictionary<string, string> places)
    {
        Assert.Contains("user_registered", places["database"], StringComparison.Ordinal);
        Assert.Contains("repository_version_published", places["database"], StringComparison.Ordinal);
        Assert.Contains(PrincipalDirectory.DigestOf(Api.AdminKey), places["database"], StringComparison.Ordinal);
        Assert.Contains("/api/users", places["API's log"], StringComparison.Ordinal);
        Assert.Contains("Microsoft.Hosting.Lifetime", places["workers' log"], StringComparison.Ordinal);
        Assert.Contains("SignNode", places["sign node's log"], StringComparison.Ordinal);
        foreach (var artifact in (string[])[BuildLog, "Filename: Packages/t/", "BEGIN PGP SIGNED MESSAGE", "debian-binary", Changes])
            Assert.Contains(places.Values, text => text.Contains(artifact, StringComparison.Ordinal));
    }

    /// <summary>One build by the local node, with its log, to a signed repository.</summary>
    private async Task DeliverAsync()
    {
        var (albs, pulp, node) = (new AlbsClient(Api), new PulpClient(Api.Http, Api.NodeToken), Api.NodeToken);
        var platform = await albs.CreatePlatformAsync("amd64");
        await albs.SubmitAsync(platform, ["amd64"], "https://git.example.org/tally.git");
        var task = (await albs.ClaimAsync(node, ["amd64"]))!.Value.GetProperty("id").GetInt32();
        await albs.Http.Put($"/api/build-tasks/{task}/log?offset=0").As(node).WithContent(new ByteArrayContent(Encoding.UTF8.GetBytes(BuildLog))).Expect(200);
        var deb = await DebFile.BuildAsync("tally", "1.0", "amd64");
        object[] artifacts =
        [
            new { name = deb.Name, type = "deb", href = await pulp.UploadAsync(deb.Bytes), sha256 = deb.Sha256 },
            new { name = $"albs.{task}.1700000000.log", type = "build_log", href = await pulp.UploadAsync(Encoding.UTF8.GetBytes(BuildLog)) },
        ];
        await hosts.Workers.TrackActivity().DoNotAssertOnExceptionsDetected().ExecuteAndWaitAsync(
            "report", () => albs.Report(node, task, "done", artifacts).With("X-Correlation-Id", "report").Expect(200), Token);

        var signingKey = await File.ReadAllLinesAsync(Path.Combine(Api.DataFolder, "gnupg", "signing-key.asc"), Token);
        Add("signing key", signingKey[signingKey.Length / 2], "node's basic credentials", Convert.ToBase64String(Encoding.UTF8.GetBytes("node:" + node)));
    }

    /// <summary>A build of both kinds, signed by the real sign node with the key that it made.</summary>
    private async Task SignAsync()
    {
        await using var node = await BothHosts.StartWorkersAsync(Api, signNodeLog, LogLevel.Trace, new Dictionary<string, string?>
        {
            ["Roles"] = "sign", ["SignNode:Master"] = Api.Http.BaseAddress!.ToString(), ["SignNode:PollInterval"] = "00:00:00.1",
        });
        var (signing, rpms) = (new SigningClient(hosts), await RpmFile.BuildAsync("tally", arch: "noarch"));
        var changes = Encoding.UTF8.GetBytes(Changes);
        var build = await signing.BuildAsync(
            (rpms.Source.Name, "rpm", rpms.Source.Bytes), (rpms.Binary.Name, "rpm", rpms.Binary.Bytes), ("canary_1.0_amd64.changes", "deb", changes));
        var key = await SeenAsync(async () => (await Api.Http.Get("/api/v1/sign-keys/").As(Api.AdminKey).Expect(200)).Json, keys => keys.GetArrayLength() > 0);
        var task = await signing.RequestAsync(build, key[0].GetProperty("id").GetInt32());
        var signed = await SeenAsync(() => signing.TaskAsync(build, task), seen => seen.GetProperty("status").GetInt32() > 2);
        Assert.True(signed.GetProperty("status").GetInt32() is 3, signed.GetRawText());
        var report = (await new Deliveries(hosts).EventsAsync($"sign_task-{task}"))[^1].GetProperty("correlation").GetString()!;
        await hosts.Workers.TrackActivity().ExecuteAndWaitAsync(report, () => node.StopAsync(Token), Token);

        var publicKey = await Api.Http.GetStringAsync(new Uri(key[0].GetProperty("public_url").GetString()!), Token);
        var secretKey = await File.ReadAllLinesAsync(Path.Combine(Api.DataFolder, "sign-keys", "key.asc"), Token);
        var secretLines = LinesOf(secretKey).Except(LinesOf(publicKey.Split('\n'))).ToList();
        Assert.InRange(secretLines.Count, 3, secretKey.Length); // a short key has few
        foreach (var (line, bytes) in secretLines.Index())
            Add($"line {line} of the sign node's key", bytes);
    }

    /// <summary>The full lines of an armored key, as bytes; <see cref="FormsOf"/> has them armored too.</summary>
    private static IEnumerable<string> LinesOf(IEnumerable<string> armored) =>
        armored.Where(line => line.Length is 64).Select(line => Encoding.Latin1.GetString(Convert.FromBase64String(line)));

    private static async Task<JsonElement> SeenAsync(Func<Task<JsonElement>> look, Func<JsonElement, bool> isWanted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            if (await look() is var seen && isWanted(seen))
                return seen;

            await ticks.WaitForNextTickAsync(limit.Token);
        }
    }

    private async Task UseEverythingAsync()
    {
        var (login, mail, password, replaced) = ("canary-login", "canary-mail@example.org", "canary password one", "canary password two");
        var user = (await Api.Http.Post("/api/users", new { login, mail, displayName = "Canary Name", password }).As(Api.AdminKey)
            .With("Idempotency-Key", "canary").Expect(201)).Json.GetProperty("id").GetInt32();
        var token = (await Api.Http.Post("/api/tokens", new { login, password }).Expect(200)).Json.GetProperty("token").GetString()!;
        await Api.Http.Put($"/api/users/{user}/password", new { password = replaced }).As(token).Expect(204);
        await Api.Http.Post("/api/tokens", new { login, password = "canary password wrong" }).Expect(401);
        var key = await Api.Http.Post("/api/keys", new { label = "canary" }).As(token).With("Idempotency-Key", "canary").Expect(201);
        var node = await Api.Http.Post("/api/nodes", new { name = "canary" }).As(Api.AdminKey).Expect(201);
        await Api.Http.Get("/api/me").As("canary-unknown-key-canary-unknown-key").Expect(401);
        await Api.Http.Get("/api/me").With("Authorization", $"Basic {Convert.ToBase64String("x:canary-basic-password"u8)}").Expect(401);
        await Api.Http.Post("/api/users", $$"""{"login":"bad json","password":"canary password malformed" """).As(Api.AdminKey).Expect(400);
        await Api.Http.Get("/api/v1/builds/?pageNumber=1").As(key.Json.GetProperty("key").GetString()!).Expect(200);
        await Api.Http.Post("/api/v1/build_node/ping", new { active_tasks = Array.Empty<int>() }).As(node.Json.GetProperty("token").GetString()!).Expect(200);
        await Api.Http.Post("/api/v1/builds/", new
        {
            platforms = new[] { new { name = "p", arch_list = new[] { "amd64" } } }, tasks = new[] { new { url = "https://canary:canary-url-password@git.example.org/a.git" } },
        }).As(Api.AdminKey).Expect(400, 422);
        await Api.Services.GetRequiredService<SecretStore>().PutAsync("canary-kept-secret", Token);

        Add("login", login, "mail", mail, "display name", "Canary Name", "password", password, "new password", replaced, "token", token);
        Add("wrong password", "canary password wrong", "malformed password", "canary password malformed", "kept secret", "canary-kept-secret");
        Add("unknown key", "canary-unknown-key", "basic password", "canary-basic-password", "password in a URL", "canary-url-password");
        Add("API key", key.Json.GetProperty("key").GetString()!, "node's token", node.Json.GetProperty("token").GetString()!);
        Add("administrator's key", Api.AdminKey, "local node's token", Api.NodeToken, "local sign node's token", Api.SignToken);
        Add("master key", (await File.ReadAllTextAsync(Path.Combine(Api.DataFolder, "master.key"), Token)).Trim());
        var secrets = Api.Services.GetRequiredService<HostSecrets>();
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

    private static string TextOf(byte[] bytes)
    {
        if (bytes is not [0x1f, 0x8b, ..])
            return Encoding.Latin1.GetString(bytes);

        using var unpacked = new StreamReader(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress), Encoding.Latin1);
        return unpacked.ReadToEnd();
    }

    private bool IsKeyFile(string path) => Path.GetRelativePath(Api.DataFolder, path)
        is "admin.key" or "master.key" or "node-build.token" or "node-sign.token" or "gnupg/signing-key.asc" or "sign-keys/key.asc";

    /// <summary>Every row of every table as text.</summary>
    private async Task<string> DumpAsync()
    {
        var dump = new StringBuilder();
        await using var connection = await Api.Database.DataSource.OpenConnectionAsync(Token);
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
