extern alias workers;

using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using EventSourced.Api.Tests.Packages.Albs;
using EventSourced.Api.Tests.Packages.Signing;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Messaging.Tracking;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using workers::EventSourced.Workers.Packages.Artifacts;

namespace EventSourced.Api.Tests.Packages;

/// <summary>The collector of tomorrow over what was put today.</summary>
public sealed class CollectionTests(BothHosts hosts, CollectionTests.Unread unread) : IClassFixture<BothHosts>, IClassFixture<CollectionTests.Unread>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An API whose reports nobody looks at.</summary>
    public sealed class Unread : ApiHost
    {
        public Unread() => Settings["Packages:Nodes:ReportWait"] = "00:00:00";
    }

    [Fact]
    public async Task What_a_build_delivered_stays_and_what_nobody_reported_goes()
    {
        var pulp = new PulpClient(hosts.Api.Http, hosts.Api.NodeToken);
        var (build, _, _) = await new Deliveries(hosts).DeliverAsync("request", "report");
        var junk = RandomNumberGenerator.GetBytes(10_000);
        await pulp.UploadAsync(junk);
        var repository = await new Deliveries(hosts).RepositoryAsync(build);
        var url = repository.GetProperty("url").GetString();

        Assert.Equal(0, await Collector(hosts.Api, TimeSpan.FromHours(23)).SweepAsync(Token));
        var freed = 0L;
        using var listener = Listen(bytes => freed += bytes);
        Assert.Equal(junk.Length, await Collector(hosts.Api, TimeSpan.FromHours(25)).SweepAsync(Token));

        Assert.Equal(junk.Length, freed);
        Assert.Equal(0, (await pulp.Find(Convert.ToHexStringLower(SHA256.HashData(junk))).Expect(200)).Json.GetProperty("count").GetInt32());
        foreach (var path in new[] { "dists/stable/InRelease", "dists/stable/main/binary-amd64/Packages.xz", "Packages/t/tally_1.0_amd64.deb", "key.asc" })
            await hosts.Api.Http.Get(url + path).Expect(200);

        Assert.Equal(0, await Collector(hosts.Api, TimeSpan.FromHours(25)).SweepAsync(Token));
    }

    [Fact]
    public async Task A_repository_goes_back_to_a_version_that_only_its_history_refers_to()
    {
        var pulp = new PulpClient(hosts.Api.Http, hosts.Api.NodeToken);
        var (build, _, _) = await new Deliveries(hosts).DeliverAsync("request-back", "report-back");
        var repository = await new Deliveries(hosts).RepositoryAsync(build);
        var (id, url) = (new RepositoryId(repository.GetProperty("id").GetInt32()), repository.GetProperty("url").GetString());
        var (old, newer) = (await DebFile.BuildAsync("hello", "1.0", "amd64"), await DebFile.BuildAsync("hello", "2.0", "amd64"));
        await ChangeAsync(new AddRepositoryPackages(id, [await PutAsync(old)]));
        var version = (await hosts.Api.Http.Get($"/api/repositories/{id.Value}").Expect(200)).Json.GetProperty("published").GetInt32();
        var index = await IndexAsync();
        await ChangeAsync(new AddRepositoryPackages(id, [await PutAsync(newer)]));
        await ChangeAsync(new RemoveRepositoryPackages(id, [RepositoryPackage.PathOf(old.Name)]));
        Assert.DoesNotContain(old.Name, await IndexAsync(), StringComparison.Ordinal);
        var junk = RandomNumberGenerator.GetBytes(10_000);
        await pulp.UploadAsync(junk);

        await Collector(hosts.Api, TimeSpan.FromHours(25)).SweepAsync(Token);

        Assert.Equal(0, (await pulp.Find(Convert.ToHexStringLower(SHA256.HashData(junk))).Expect(200)).Json.GetProperty("count").GetInt32());
        var back = hosts.Api.Http.Post($"/api/repositories/{id.Value}/rollback", new { version }).As(hosts.Api.AdminKey).With("X-Correlation-Id", "back");
        await hosts.Workers.TrackActivity().ExecuteAndWaitAsync("back", () => back.Expect(202), Token);
        Assert.Equal($"\"{old.Sha256}\"", (await hosts.Api.Http.Get(url + RepositoryPackage.PathOf(old.Name)).Expect(200)).Header("ETag"));
        Assert.Equal(old.Bytes, await hosts.Api.Http.GetByteArrayAsync(new Uri(url + RepositoryPackage.PathOf(old.Name), UriKind.RelativeOrAbsolute), Token));
        Assert.Equal(index, await IndexAsync());
        Assert.Contains($"SHA256: {old.Sha256}\n", index, StringComparison.Ordinal);

        async Task<RepositoryPackage> PutAsync(DebFile deb) =>
            new(RepositoryPackage.PathOf(deb.Name), deb.Name, await pulp.UploadAsync(deb.Bytes), deb.Sha256, deb.Bytes.Length);

        async Task<string> IndexAsync() => (await hosts.Api.Http.Get(url + "dists/stable/main/binary-amd64/Packages").Expect(200)).Text;

        Task ChangeAsync(object command) => hosts.Workers.TrackActivity().InvokeMessageAndWaitAsync(command, Token);
    }

    [Fact]
    public async Task What_an_unfinished_sign_task_has_to_sign_stays_and_so_do_logs_of_sign_tasks()
    {
        var (signing, pulp) = (new SigningClient(hosts), new PulpClient(hosts.Api.Http, hosts.Api.SignToken));
        await using var key = await GpgKey.MakeAsync();
        var unsigned = Encoding.UTF8.GetBytes("Format: 1.8\nSource: tally\nVersion: 1.0\nArchitecture: amd64\n");
        var (build, number) = (await signing.BuildAsync(("tally_1.0_amd64.changes", "deb", unsigned)), await signing.RegisterAsync(key));
        var (first, second) = (await signing.RequestAsync(build, number), await signing.RequestAsync(build, number));
        var log = await pulp.UploadAsync("signed"u8.ToArray());
        var packages = await signing.SignAllAsync((await signing.ClaimAsync(key.KeyId))!.Value, key);
        Assert.Equal(second, (await signing.ClaimAsync(key.KeyId))!.Value.GetProperty("id").GetInt32());
        await signing.SettledAsync(signing.Complete(first, new { build_id = build, success = true, log_href = log, packages }));
        Assert.Equal(3, (await signing.TaskAsync(build, first)).GetProperty("status").GetInt32());
        await Collector(hosts.Api, TimeSpan.FromHours(25)).SweepAsync(Token);
        Assert.Equal((1, 1), (await CountAsync(unsigned), await CountAsync("signed"u8.ToArray())));

        await signing.SettledAsync(signing.Complete(second, new { build_id = build, success = false, log_href = await pulp.UploadAsync("no pin"u8.ToArray()) }));
        Assert.Equal(unsigned.Length, await Collector(hosts.Api, TimeSpan.FromHours(25)).SweepAsync(Token));

        Assert.Equal((0, 1, 1), (await CountAsync(unsigned), await CountAsync("signed"u8.ToArray()), await CountAsync("no pin"u8.ToArray())));
        Assert.Equal(packages[0]["href"], (await signing.SeenAsync(build)).GetProperty("tasks")[0].GetProperty("artifacts")[0].GetProperty("href").GetString());
        await pulp.Authorized(hosts.Api.Http.Get((string)packages[0]["href"]!)).Expect(200);

        async Task<int> CountAsync(byte[] bytes) =>
            (await pulp.Find(Convert.ToHexStringLower(SHA256.HashData(bytes))).Expect(200)).Json.GetProperty("count").GetInt32();
    }

    [Fact]
    public async Task What_a_report_refers_to_that_nobody_has_looked_at_yet_stays()
    {
        var (albs, pulp) = (new AlbsClient(unread), new PulpClient(unread.Http, unread.NodeToken));
        var arch = AlbsClient.NewName("a");
        await albs.SubmitAsync(await albs.CreatePlatformAsync(arch), [arch], "https://git.example.org/a.git");
        var task = (await albs.ClaimAsync(unread.NodeToken, [arch]))!.Value.GetProperty("id").GetInt32();
        var href = await pulp.UploadAsync("a log"u8.ToArray());
        await albs.Report(unread.NodeToken, task, "done", [new { name = "a.log", type = "build_log", href }]).Expect(200);
        await ExecuteAsync("delete from es.queue"); // the reference alone

        await Collector(unread, TimeSpan.FromHours(25)).SweepAsync(Token);

        await pulp.Authorized(unread.Http.Get(href)).Expect(200);
    }

    [Theory]
    [InlineData("insert into es.queue (message_id, type, body, headers, sent, due) values (gen_random_uuid(), 'x', jsonb_build_object('Sha256', '{0}'), '{{}}', now(), 'infinity')")]
    [InlineData("""
        insert into es.dead_letters (id, message_id, type, body, headers, sent, attempts, died, exception_type, error)
        values (1, gen_random_uuid(), 'x', jsonb_build_object('Href', '/pulp/api/v3/artifacts/{0}/'), '{{}}', now(), 1, now(), 'x', 'x')
        """)]
    public async Task What_a_message_refers_to_stays(string sql)
    {
        var bytes = Encoding.UTF8.GetBytes(sql);
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        await new PulpClient(unread.Http, unread.NodeToken).UploadAsync(bytes);
        await ExecuteAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, digest));

        await Collector(unread, TimeSpan.FromHours(25)).SweepAsync(Token);

        Assert.Equal(1, (await new PulpClient(unread.Http, unread.NodeToken).Find(digest).Expect(200)).Json.GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Only_one_collects_at_a_time()
    {
        await using var other = await unread.Database.DataSource.OpenConnectionAsync(Token);
        await using var command = new NpgsqlCommand("select pg_advisory_lock(hashtextextended('eventsourced.artifact-collection', 0))", other);
        await command.ExecuteNonQueryAsync(Token);

        Assert.Null(await Collector(unread, TimeSpan.FromHours(25)).SweepAsync(Token));

        command.CommandText = "select pg_advisory_unlock_all()";
        await command.ExecuteNonQueryAsync(Token);
        Assert.NotNull(await Collector(unread, TimeSpan.FromHours(25)).SweepAsync(Token));
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_middle_does_not_end_the_collector()
    {
        var junk = RandomNumberGenerator.GetBytes(1_000);
        await new PulpClient(unread.Http, unread.NodeToken).UploadAsync(junk);
        var clock = new ManualClock(DateTimeOffset.UtcNow + TimeSpan.FromHours(25));
        using var collector = Collector(unread, clock);
        await using var other = await unread.Database.DataSource.OpenConnectionAsync(Token);
        await using var locked = await other.BeginTransactionAsync(Token);
        await using var command = new NpgsqlCommand("lock table es.artifacts", other);
        await command.ExecuteNonQueryAsync(Token);

        await collector.StartAsync(Token);
        while (clock.WaitingTimers is 0)
            await Task.Yield();

        clock.Advance(TimeSpan.FromHours(1));
        await using var breaking = unread.Database.DataSource.CreateCommand(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where wait_event_type = 'Lock' and query like '%es.artifacts%'");
        while (await breaking.ExecuteScalarAsync(Token) is 0L)
            Assert.False(collector.ExecuteTask!.IsCompleted);

        await locked.RollbackAsync(Token);
        clock.Advance(TimeSpan.FromHours(1));
        while (await unread.Services.GetRequiredService<IArtifactStore>().ExistsAsync(Convert.ToHexStringLower(SHA256.HashData(junk)), Token))
            Assert.False(collector.ExecuteTask!.IsCompleted);

        await collector.StopAsync(Token);
    }

    [Fact]
    public async Task Every_reference_is_found_by_an_index()
    {
        const string WithoutIndex = """
            select c.table_name from information_schema.columns c
            where c.table_schema = 'es' and c.column_name = 'sha256' and c.data_type = 'text' and not exists (
                select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                where i.indrelid = format('es.%I', c.table_name)::regclass and a.attname = 'sha256' and i.indpred is null)
            """;
        await using var command = unread.Database.DataSource.CreateCommand(WithoutIndex);

        Assert.Null(await command.ExecuteScalarAsync(Token));
    }

    private static ArtifactCollection Collector(ApiHost host, TimeSpan later) => Collector(host, new ManualClock(DateTimeOffset.UtcNow + later));

    private static ArtifactCollection Collector(ApiHost host, ManualClock clock)
    {
        var options = host.Services.GetRequiredService<IOptions<ArtifactOptions>>();
        return new ArtifactCollection(
            host.Database.DataSource, new FileArtifactStore(options.Value.Path, clock), options, clock, host.Services.GetRequiredService<IMeterFactory>(),
            NullLogger<ArtifactCollection>.Instance);
    }

    private static MeterListener Listen(Action<long> counted)
    {
        var listener = new MeterListener { InstrumentPublished = (instrument, l) => { if (instrument.Name is "artifact.collected") l.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, bytes, _, _) => counted(bytes));
        listener.Start();
        return listener;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = unread.Database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }
}
