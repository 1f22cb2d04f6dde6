using System.Text;
using System.Text.Json.Nodes;
using EventSourced.Workers.Packages.Reports;
using EventSourced.Workers.Packages.SignNode;
using EventSourced.Workers.Packages.Signing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventSourced.Workers.Tests.Packages;

/// <summary>The built-in sign node with real keys, real packages and the real tools.</summary>
public sealed class SignNodeTests : IAsyncLifetime
{
    private const string Changes = "Format: 1.8\nSource: tally\nChanges:\n tally (1.0) stable; urgency=low\n .\n   - first  \nFiles:\n- dash\n";

    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private NodeMaster _master = null!;
    private IHost _node = null!;

    private CancellationToken Cancellation => _end.Token;

    private VerificationOptions Verification => new() { WorkPath = _folder["verify"] };

    public async ValueTask InitializeAsync()
    {
        _end.CancelAfter(TimeSpan.FromMinutes(2));
        _master = await NodeMaster.StartAsync();
        await File.WriteAllTextAsync(_folder["node-sign.token"], "the-key\n", Cancellation);
        _node = Node();
    }

    public async ValueTask DisposeAsync()
    {
        await _node.StopAsync(CancellationToken.None);
        _node.Dispose();
        await _master.DisposeAsync();
        _folder.Dispose();
        _end.Dispose();
    }

    [Fact]
    public async Task A_task_becomes_signatures_that_the_real_tools_accept()
    {
        var (source, binary) = await RpmsAsync("tally");
        Queue(await KeyIdAsync(), ("tally-1.0-1.src.rpm", "rpm", source), ("tally-1.0-1.noarch.rpm", "rpm", binary), ("tally_1.0.changes", "deb", Encoding.UTF8.GetBytes(Changes)));

        var report = await _master.SignReports.Reader.ReadAsync(Cancellation);

        Assert.True((bool)report["success"]!, (string?)report["error_message"]);
        Assert.Equal((7, "3", 40), ((int)report["task"]!, (string?)report["attempt"], (int)report["build_id"]!));
        Assert.All(_master.Credentials, credential => Assert.Equal("Bearer the-key", credential));
        var key = Assert.Single(_master.SignKeys);
        Assert.Equal("EventSourced packages", (string?)key["name"]);
        using var bench = await BenchAsync(key);
        var signed = report["packages"]!.AsArray().Select(p => p!.AsObject()).ToList();
        await bench.CheckRpmAsync("source", await WriteAsync(bench, "u1", source), await FetchAsync(bench, "s1", signed[0]), Cancellation);
        await bench.CheckRpmAsync("binary", await WriteAsync(bench, "u2", binary), await FetchAsync(bench, "s2", signed[1]), Cancellation);
        await bench.CheckTextAsync("changes", await WriteAsync(bench, "u3", Encoding.UTF8.GetBytes(Changes)), await FetchAsync(bench, "s3", signed[2]), Cancellation);
        Assert.All(signed, p => Assert.Equal((string?)key["fingerprint"], (string?)p["fingerprint"]));
        Assert.Contains("3 files", await LogAsync(report), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_foresaw_in_a_task_fails_it_and_in_an_answer_is_asked_again()
    {
        var keyId = await KeyIdAsync();
        var odd = TaskOf(keyId, ("tally_1.0.changes", "deb", Encoding.UTF8.GetBytes(Changes)));
        odd["packages"]![0]!["name"] = null;
        _master.SignTasks.Enqueue(odd);

        var failed = await _master.SignReports.Reader.ReadAsync(Cancellation);
        _master.NextTask = Results.Text("{}", "application/json; charset=none");
        await Until.TrueAsync("the answer is taken", () => _master.NextTask is null, Cancellation);
        Queue(keyId, ("tally_1.0.changes", "deb", Encoding.UTF8.GetBytes(Changes)));
        var next = await _master.SignReports.Reader.ReadAsync(Cancellation);

        Assert.False((bool)failed["success"]!);
        Assert.Equal("The node could not make sense of the task: NullReferenceException.", (string?)failed["error_message"]);
        Assert.True((bool)next["success"]!, (string?)next["error_message"]);
    }

    [Fact]
    public async Task Texts_that_were_changed_forged_or_wrapped_are_refused()
    {
        Queue(await KeyIdAsync(), ("tally_1.0.changes", "deb", Encoding.UTF8.GetBytes(Changes)));
        var report = await _master.SignReports.Reader.ReadAsync(Cancellation);
        using var bench = await BenchAsync(Assert.Single(_master.SignKeys));
        var unsigned = await WriteAsync(bench, "u", Encoding.UTF8.GetBytes(Changes));
        var signed = await File.ReadAllTextAsync(await FetchAsync(bench, "s", report["packages"]![0]!.AsObject()), Cancellation);

        await RefusedAsync("no valid signature", signed.Replace("- first", "- worst", StringComparison.Ordinal), unsigned);
        await RefusedAsync("not one clear-signed text", Changes, unsigned);
        await RefusedAsync("not one clear-signed text", "Architecture: any\n" + signed, unsigned);
        await RefusedAsync("not one clear-signed text", signed + "Architecture: any\n", unsigned);
        await RefusedAsync("longer than its text with a signature", signed + new string('x', 64 << 10), unsigned);
        await RefusedAsync("not the text that was built", signed, await WriteAsync(bench, "other", "Format: 1.9\n"u8.ToArray()));

        async Task RefusedAsync(string reason, string text, string before)
        {
            var after = await WriteAsync(bench, "changed", Encoding.UTF8.GetBytes(text));
            var refused = await Assert.ThrowsAsync<ReportRefusedException>(() => bench.CheckTextAsync("tally", before, after, Cancellation));
            Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_public_key_of_another_fingerprint_verifies_nothing()
    {
        await KeyIdAsync();
        var key = Assert.Single(_master.SignKeys);

        var refused = await Assert.ThrowsAsync<ReportRefusedException>(() => SignatureBench.PrepareAsync(Verification, (string)key["public_key"]!, new string('0', 40), Cancellation));

        Assert.Contains("is not that of", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["verify"]));
    }

    [Fact]
    public async Task Keys_stay_in_a_folder_that_only_their_owner_enters()
    {
        var keyId = await KeyIdAsync();
        var secret = await File.ReadAllTextAsync(_folder["sign-keys/key.asc"], Cancellation);
        Assert.Contains("PRIVATE KEY", secret, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["sign-keys"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["sign-keys/key.asc"]));

        Queue(keyId, ("tally_1.0.changes", "deb", Encoding.UTF8.GetBytes(Changes)));
        var report = await _master.SignReports.Reader.ReadAsync(Cancellation);

        Assert.DoesNotContain("PRIVATE", report.ToJsonString() + await LogAsync(report) + _master.SignKeys.First().ToJsonString(), StringComparison.Ordinal);
        await _node.StopAsync(Cancellation);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["sign-node"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["sign-keys/at-work"]));

        // A later start has the same key, however often.
        using var later = Node();
        await later.StartAsync(Cancellation);
        Queue(keyId, ("tally_1.0.changes", "deb", Encoding.UTF8.GetBytes(Changes)));
        Assert.True((bool)(await _master.SignReports.Reader.ReadAsync(Cancellation))["success"]!);
        await later.StopAsync(Cancellation);
        Assert.Equal(secret, await File.ReadAllTextAsync(_folder["sign-keys/key.asc"], Cancellation));
    }

    [Fact]
    public async Task What_cannot_be_signed_is_reported_with_the_reason()
    {
        var keyId = await KeyIdAsync();
        Queue(keyId, ("tally-1.0-1.noarch.rpm", "rpm", "no package"u8.ToArray()));
        await FailedAsync("rpmsign ended with");

        Queue("FFFFFFFFFFFFFFFF", ("tally_1.0.changes", "deb", "x"u8.ToArray()));
        await FailedAsync("has no key FFFFFFFFFFFFFFFF");

        Queue(keyId, ("../x.changes", "deb", "x"u8.ToArray()));
        await FailedAsync("no plain file name");

        Queue(keyId, ("tally_1.0.changes", "deb", "x"u8.ToArray()));
        var wrong = TaskOf(keyId, ("tally_1.0.changes", "deb", "x"u8.ToArray()));
        wrong["packages"]![0]!["sha256"] = new string('0', 64);
        Assert.True((bool)(await _master.SignReports.Reader.ReadAsync(Cancellation))["success"]!);
        _master.SignTasks.Enqueue(wrong);
        await FailedAsync("or its digest is not");
    }

    [Fact]
    public async Task A_report_is_sent_again_when_the_server_cannot_take_it_now()
    {
        _master.Refuse("POST complete", 1);
        Queue(await KeyIdAsync(), ("tally_1.0.changes", "deb", "x\n"u8.ToArray()));

        Assert.True((bool)(await _master.SignReports.Reader.ReadAsync(Cancellation))["success"]!);
    }

    [Theory]
    [InlineData("PUT upload", 413)]
    [InlineData("POST complete", 400)]
    public async Task What_the_server_will_never_take_fails_the_task_with_its_words(string kind, int status)
    {
        _master.Refuse(kind, 1, status);
        Queue(await KeyIdAsync(), ("tally_1.0.changes", "deb", "x\n"u8.ToArray()));

        await FailedAsync($" answered {status}: No, never.");
    }

    [Fact]
    public async Task A_task_whose_every_report_is_refused_is_handed_back()
    {
        _master.Refuse("POST complete", 1_000, 422);
        Queue(await KeyIdAsync(), ("tally_1.0.changes", "deb", "x\n"u8.ToArray()));

        await Until.TrueAsync("The task is handed back.", () => !_master.SignsHandedBack.IsEmpty, Cancellation);
    }

    [Fact]
    public async Task A_node_without_room_for_its_work_hands_a_task_back()
    {
        _node.Dispose();
        _node = Node(workPath: "/proc/self/task"); // a folder that takes no files
        Queue(await KeyIdAsync(), ("tally_1.0.changes", "deb", "x\n"u8.ToArray()));

        await Until.TrueAsync("The task is handed back.", () => !_master.SignsHandedBack.IsEmpty, Cancellation);
    }

    [Fact]
    public async Task A_file_that_takes_too_long_to_sign_fails_the_task()
    {
        _node.Dispose();
        _node = Node(fileTime: "00:00:00.1");
        Queue(await KeyIdAsync(), ("tally_1.0.changes", "deb", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("- a line\n", 8 << 20)))));

        await FailedAsync("tally_1.0.changes was not signed within 00:00:00.1");
    }

    [Fact]
    public async Task After_a_ping_that_failed_the_next_one_comes()
    {
        var task = TaskOf(await KeyIdAsync(), ("tally_1.0.changes", "deb", "x\n"u8.ToArray()));
        task["packages"]![0]!["download_url"] = new Uri(_master.Address, "/files/never").ToString();
        _master.AnswerNextPing = () => throw new InvalidOperationException("A server in trouble.");
        _master.SignTasks.Enqueue(task);

        for (var ping = 0; ping < 3; ping++)
            await _master.Pings.Reader.ReadAsync(Cancellation);

        await _node.StopAsync(Cancellation);
        Assert.Equal([(7, "3")], _master.SignsHandedBack);
    }

    [Fact]
    public async Task Stopping_hands_the_task_back()
    {
        var task = TaskOf(await KeyIdAsync(), ("tally_1.0.changes", "deb", "x\n"u8.ToArray()));
        task["packages"]![0]!["download_url"] = new Uri(_master.Address, "/files/never").ToString();
        _master.SignTasks.Enqueue(task);
        await _master.NeverAsked.Task.WaitAsync(Cancellation);
        _master.Refuse("POST hand-back", 1);

        await _node.StopAsync(Cancellation);

        Assert.Equal([(7, "3")], _master.SignsHandedBack);
        Assert.False(_master.SignReports.Reader.TryRead(out _));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["sign-node"]));
    }

    private async Task FailedAsync(string reason)
    {
        var report = await _master.SignReports.Reader.ReadAsync(Cancellation);
        Assert.False((bool)report["success"]!);
        Assert.Contains(reason, (string?)report["error_message"], StringComparison.Ordinal);
        Assert.Contains(reason, await LogAsync(report), StringComparison.Ordinal);
    }

    /// <summary>Starts the node; its key is known once it has registered it.</summary>
    private async Task<string> KeyIdAsync()
    {
        await _node.StartAsync(Cancellation);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (_master.SignKeys.IsEmpty)
            await ticks.WaitForNextTickAsync(Cancellation);

        return (string)_master.SignKeys.First()["keyid"]!;
    }

    private void Queue(string keyId, params (string Name, string Type, byte[] Bytes)[] files) => _master.SignTasks.Enqueue(TaskOf(keyId, files));

    private JsonObject TaskOf(string keyId, params (string Name, string Type, byte[] Bytes)[] files) => new()
    {
        ["id"] = 7, ["build_id"] = 40, ["keyid"] = keyId, ["sign_files"] = false, ["attempt"] = 3,
        ["packages"] = new JsonArray([.. files.Select((file, place) =>
        {
            var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file.Bytes));
            _master.Store.PutAsync(new MemoryStream(file.Bytes), Cancellation).GetAwaiter().GetResult();
            return (JsonNode)new JsonObject
            {
                ["id"] = 900 + place, ["name"] = file.Name, ["arch"] = "x86_64", ["type"] = file.Type, ["cas_hash"] = null, ["sha256"] = digest,
                ["download_url"] = new Uri(_master.Address, $"/files/{digest}").ToString(),
            };
        })]),
    };

    private async Task<SignatureBench> BenchAsync(JsonObject key) =>
        await SignatureBench.PrepareAsync(Verification, (string)key["public_key"]!, (string)key["fingerprint"]!, Cancellation);

    private async Task<string> WriteAsync(SignatureBench bench, string name, byte[] bytes)
    {
        await File.WriteAllBytesAsync(bench.FileFor(name), bytes, Cancellation);
        return bench.FileFor(name);
    }

    private async Task<string> FetchAsync(SignatureBench bench, string name, JsonObject package)
    {
        await using var stored = await _master.Store.OpenAsync((string)package["sha256"]!, range: null, Cancellation);
        await using var file = File.Create(bench.FileFor(name));
        await stored!.CopyToAsync(file, Cancellation);
        return bench.FileFor(name);
    }

    private async Task<string> LogAsync(JsonObject report)
    {
        var digest = ServiceDefaults.Artifacts.ArtifactHrefs.DigestOf((string)report["log_href"]!);
        using var log = new StreamReader((await _master.Store.OpenAsync(digest!, range: null, Cancellation))!);
        return await log.ReadToEndAsync(Cancellation);
    }

    private async Task<(byte[] Source, byte[] Binary)> RpmsAsync(string name)
    {
        var (source, binary) = await SmallRpm.BuildAsync(_folder["rpm"], name, "1.0", Cancellation);
        return (await File.ReadAllBytesAsync(source, Cancellation), await File.ReadAllBytesAsync(binary, Cancellation));
    }

    private IHost Node(string fileTime = "00:10:00", string workPath = "")
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Path"] = _folder.Path, ["SignNode:Master"] = _master.Address.ToString(), ["SignNode:PingInterval"] = "00:00:00.1",
            ["SignNode:PollInterval"] = "00:00:00.1", ["SignNode:DownloadWait"] = "00:00:00",
            ["SignNode:FileTime"] = fileTime, ["SignNode:WorkPath"] = workPath,
        });
        builder.Services.AddSignNode();
        return builder.Build();
    }
}
