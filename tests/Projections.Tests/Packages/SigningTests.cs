using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Signing;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class SigningTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    private static int numbers;

    private readonly string keyId = $"{Interlocked.Increment(ref numbers):X8}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_id_and_a_fingerprint_belong_to_one_key()
    {
        var key = await RegisterAsync();

        Assert.True(await AreTakenAsync(new RegisterSignKey(new(key.Value + 1), Key(keyId.ToLowerInvariant()) with { Fingerprint = "0" })));
        Assert.True(await AreTakenAsync(new RegisterSignKey(new(key.Value + 1), Key("0") with { Fingerprint = Key(keyId).Fingerprint })));
        Assert.False(await AreTakenAsync(new RegisterSignKey(new(key.Value + 1), Key("FFFFFFFF"))));
        Assert.False(await AreTakenAsync(new RegisterSignKey(key, Key(keyId))));
    }

    [Fact]
    public async Task An_active_key_is_found_by_key_id_fingerprint_and_name()
    {
        var key = await RegisterAsync(Key(keyId) with { Name = $"name of {keyId}" });

        foreach (var called in new[] { keyId.ToLowerInvariant(), $"CD34{keyId}", $"name of {keyId}" })
            Assert.Equal(key.Value, (await packages.ReadAsync(s => s.ActiveSignKeyAsync(called, Token)))?.Number);

        await packages.AppendAsync(key.StreamKey, new SignKeyArchived(key));
        Assert.Null(await packages.ReadAsync(s => s.ActiveSignKeyAsync(keyId, Token)));
        Assert.Equal(key.Value, (await packages.ReadAsync(s => s.SignKeyOfIdAsync(keyId, Token)))?.Number);
    }

    [Fact]
    public async Task A_task_knows_whether_its_key_is_archived_and_a_key_its_tasks_until_they_end()
    {
        var key = await RegisterAsync();
        var (first, second) = (await RequestAsync(key), await RequestAsync(key));
        await RequestAsync();
        await packages.AppendAsync(first.StreamKey, Assigned(first, NodeA));
        Assert.Equal([first, second], await OpenAsync());
        Assert.False(await IsArchivedAsync());

        await packages.AppendAsync(key.StreamKey, new SignKeyArchived(key));
        Assert.True(await IsArchivedAsync());
        await packages.AppendAsync(first.StreamKey, new SignTaskFailed(first, new(1), null, SignTaskKey.Archived));
        Assert.Equal([second], await OpenAsync());

        Task<IReadOnlyList<SignTaskId>> OpenAsync() => packages.ReadAsync(s => s.OpenSignTasksAsync(key, Token));

        async Task<bool> IsArchivedAsync()
        {
            await using var session = packages.Store.LightweightSession();
            return (await Projections.Packages.ClaimSignTaskHandler.LoadAsync(new(second, NodeA, Silence, [], []), session, Token)).IsArchived;
        }
    }

    [Fact]
    public async Task Who_archives_a_key_waits_for_what_is_recorded_with_it()
    {
        var key = await RegisterAsync();
        var task = await RequestAsync(key);
        await using var claim = packages.Store.LightweightSession();
        Assert.False((await Projections.Packages.ClaimSignTaskHandler.LoadAsync(new(task, NodeA, Silence, [], []), claim, Token)).IsArchived);
        await using var archive = packages.Store.LightweightSession();
        await archive.BeginTransactionAsync(Token);
        await archive.QueryAsync<int>("select 1 from set_config('lock_timeout', '50ms', true)", Token);

        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => archive.QueryAsync<int>("select 1 from public.mt_streams where id = ? for no key update", Token, key.StreamKey));

        Assert.Equal(Npgsql.PostgresErrorCodes.LockNotAvailable, refused.SqlState);
    }

    [Fact]
    public async Task Names_are_awaited_while_tasks_of_the_key_have_not_ended()
    {
        var key = await RegisterAsync();
        var task = await RequestAsync(key);
        Assert.Equal(new(AreTaken: false, AreAwaited: true), await NamesAsync(new() { KeyId = "EEEE" }));
        Assert.Equal(new(AreTaken: false, AreAwaited: false), await NamesAsync(new() { Name = "other" }));
        await packages.AppendAsync(task.StreamKey, Assigned(task, NodeA), new SignTaskReported(task, new(1), new(NodeA, 1, [], null, null, null)));
        Assert.True((await NamesAsync(new() { Fingerprint = "EEEE" })).AreAwaited);

        await packages.AppendAsync(task.StreamKey, new SignTaskCompleted(task, new(1), []));
        Assert.False((await NamesAsync(new() { Fingerprint = "EEEE" })).AreAwaited);

        async Task<SignKeyNames> NamesAsync(SignKeySettings changes)
        {
            await using var session = packages.Store.LightweightSession();
            return await Projections.Packages.ChangeSignKeyHandler.LoadAsync(new(key, changes), session, Token);
        }
    }

    [Fact]
    public async Task The_queue_offers_idle_tasks_of_a_key_the_oldest_first()
    {
        var (first, second) = (await RequestAsync(), await RequestAsync());
        Assert.Equal([first, second], await IdleAsync());
        Assert.Empty(await packages.ReadAsync(s => s.IdleSignTasksAsync(["other"], 5, Token)));

        await packages.AppendAsync(first.StreamKey, Assigned(first, NodeA));
        Assert.Equal([second], await IdleAsync());
        await packages.AppendAsync(first.StreamKey, new SignTaskRequeued(first, new(1), 1, "silent"));
        Assert.Equal([first, second], await IdleAsync());
        await packages.AppendAsync(first.StreamKey, new SignTaskFailed(first, new(1), null, "no packages"));
        await packages.AppendAsync(second.StreamKey, Assigned(second, NodeA), new SignTaskReported(second, new(1), new(NodeA, 1, [], null, null, null)));
        Assert.Empty(await IdleAsync());
    }

    [Fact]
    public async Task Only_the_holder_renews_a_lease_and_what_ran_out_is_asked_back()
    {
        var task = await RequestAsync();
        await packages.AppendAsync(task.StreamKey, Assigned(task, NodeA));
        var later = PackagesDatabase.Start + TimeSpan.FromMinutes(1);
        Assert.Equal([new(task, 1)], await ExpiredAsync(later));

        Assert.False(await packages.ReadAsync(s => s.RenewSignLeaseAsync(task, NodeB, later + Silence, Token)));
        Assert.True(await packages.ReadAsync(s => s.RenewSignLeaseAsync(task, NodeA, later + Silence, Token)));
        Assert.Empty(await ExpiredAsync(later));
        Assert.Equal([new(task, 1)], await ExpiredAsync(later + Silence + TimeSpan.FromSeconds(1)));

        await packages.AppendAsync(task.StreamKey, new SignTaskRequeued(task, new(1), 1, "silent"), Assigned(task, NodeB, attempt: 2));
        Assert.False(await packages.ReadAsync(s => s.RenewSignLeaseAsync(task, NodeA, later, Token)));
        Assert.Equal([new(task, 2)], await ExpiredAsync(later));
    }

    [Fact]
    public async Task A_source_package_is_signed_once_and_other_files_once_a_task()
    {
        var platform = Debian("x1", "x2") with { Name = "Demo", Type = PlatformType.Rpm };
        var build = await packages.RequestAsync(BuildForm.Documented, [platform], Source("tree"));
        var (one, two) = (build.Tasks[0].BuildTaskId, build.Tasks[1].BuildTaskId);
        Assert.False((await FactsAsync(build)).HasPackages);
        await SucceedAsync(build, one, Rpm(11, "tree-1-1.src.rpm"), Rpm(12, "doc-1-1.noarch.rpm"), Rpm(13, "tree-debuginfo-1-1.x1.rpm"), Log(14));
        await SucceedAsync(build, two, Rpm(21, "tree-1-1.src.rpm"), Rpm(22, "doc-1-1.noarch.rpm"), Deb(23, "tree_1_x2.changes"));

        Assert.Null(await packages.ReadAsync(s => s.SignPackagesAsync(build.BuildId, packages.Clock.GetUtcNow(), Token)));
        await packages.AppendAsync(one.StreamKey, new NoarchPackagesTaken(one, build.BuildId, [Rpm(12, "doc-1-1.noarch.rpm") with { Href = "/a/22/" }]));

        var (found, tasks) = (await packages.ReadAsync(s => s.SignPackagesAsync(build.BuildId, packages.Clock.GetUtcNow(), Token)))!.Value;

        Assert.Equal([one, two], tasks);
        Assert.Equal(
            [
                (11, "src", $"/pulp/content/builds/Demo-src-{build.BuildId.Value}-br/Packages/t/tree-1-1.src.rpm"),
                (12, "x1", $"/pulp/content/builds/Demo-x1-{build.BuildId.Value}-br/Packages/d/doc-1-1.noarch.rpm"),
                (13, "x1", $"/pulp/content/builds/Demo-x1-{build.BuildId.Value}-debug-br/Packages/t/tree-debuginfo-1-1.x1.rpm"),
                (22, "x2", $"/pulp/content/builds/Demo-x2-{build.BuildId.Value}-br/Packages/d/doc-1-1.noarch.rpm"),
                (23, "x2", "/pulp/content/sign_files/23/tree_1_x2.changes"),
            ],
            found.Select(p => (p.Id, p.Arch, p.Url)));
        Assert.Equal([[one, two], [one, two], [one], [one, two], [two]], found.Select(p => p.BuildTasks));
        Assert.Equal([[11, 21], [12, 22], null, [12, 22], null], found.Select(p => p.SameName));
        Assert.Equal(new SignRequestFacts(true, false, true, null), await FactsAsync(build));
        Assert.Null(await packages.ReadAsync(s => s.SignedTextAsync(12, "doc-1-1.noarch.rpm", Token)));
        Assert.Equal("/a/23/", (await packages.ReadAsync(s => s.SignedTextAsync(23, "tree_1_x2.changes", Token)))?.Href);
    }

    [Fact]
    public async Task Packages_that_are_not_shared_after_a_while_are_signed_as_they_are()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("x1", "x2") with { Name = "Demo", Type = PlatformType.Rpm }], Source("tree"));
        await SucceedAsync(build, build.Tasks[0].BuildTaskId, Rpm(51, "doc-1-1.noarch.rpm"));
        Assert.NotNull(await packages.ReadAsync(s => s.SignPackagesAsync(build.BuildId, packages.Clock.GetUtcNow(), Token))); // the other one has not ended
        await SucceedAsync(build, build.Tasks[1].BuildTaskId, Rpm(52, "tree-1-1.x2.rpm"));
        Assert.Null(await packages.ReadAsync(s => s.SignPackagesAsync(build.BuildId, packages.Clock.GetUtcNow(), Token)));

        var (found, _) = (await packages.ReadAsync(s => s.SignPackagesAsync(build.BuildId, packages.Clock.GetUtcNow() + TimeSpan.FromMinutes(1), Token)))!.Value;

        Assert.Equal([51, 52], found.Select(p => p.Id));
    }

    [Fact]
    public async Task A_signed_file_shows_in_the_task_and_a_signed_build_in_the_list()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("x9")], Source("tree"));
        var task = build.Tasks[0].BuildTaskId;
        await SucceedAsync(build, task, Rpm(31, "tree-1-1.src.rpm"), Deb(32, "a_1_x9.changes"));
        await packages.AppendAsync(task.StreamKey, new BuildArtifactsSigned(task, build.BuildId, new(1), [Deb(32, "a_1_x9.changes") with { Href = "/s/32/", Sha256 = "bb" }]));
        await packages.AppendAsync(build.BuildId.StreamKey, new BuildSigned(build.BuildId, new(1)));

        Assert.Equal(["/a/31/", "/s/32/"], (await packages.LoadAsync<BuildTaskDetails>(task.StreamKey))!.Artifacts.Select(a => a.Href));
        Assert.Equal(("/s/32/", "bb"), await packages.ReadAsync(async s => await s.SignedTextAsync(32, "a_1_x9.changes", Token) is { } f ? (f.Href, f.Sha256) : default));
        Assert.True((await packages.LoadAsync<BuildDetails>(build.BuildId.StreamKey))!.IsSigned);
        Assert.Equal(1, (await ListedAsync(true)).Total);
        Assert.Equal([build.BuildId.Value], (await ListedAsync(true)).BuildIds);
        Assert.DoesNotContain(build.BuildId.Value, (await ListedAsync(false)).BuildIds);

        Assert.False((await FactsAsync(build)).IsSigned); // files without a key are still to be signed
        await packages.AppendAsync(task.StreamKey, new BuildArtifactsSigned(
            task, build.BuildId, new(1), [Rpm(31, "tree-1-1.src.rpm") with { SignKeyId = new(1) }, Deb(32, "a_1_x9.changes") with { SignKeyId = new(1) }]));
        Assert.True((await FactsAsync(build)).IsSigned);

        await packages.AppendAsync(build.BuildId.StreamKey, new BuildSignatureOutdated(build.BuildId));
        Assert.Equal(0, (await ListedAsync(true)).Total);
    }

    [Fact]
    public async Task Files_of_a_sign_task_are_kept_until_it_has_ended_and_its_log_for_good()
    {
        SignPackage Unsigned(string sha256) => new(1, "a.changes", "x1", ArtifactType.Deb, "/a/1/", sha256, null, "/files/1", []);
        SignReport LogOf(string sha256) => new(NodeA, 1, [], "/log/", null, null, sha256);
        var (done, failed) = (await RequestAsync(), await RequestAsync());
        await packages.AppendAsync(done.StreamKey, Assigned(done, NodeA) with { Packages = [Unsigned("u1"), Unsigned("u1"), Unsigned("u2")] });
        await packages.AppendAsync(done.StreamKey, new SignTaskRequeued(done, new(1), 1, "silent"));
        Assert.Equal(["u1", "u2"], await FilesAsync(done));
        await packages.AppendAsync(done.StreamKey, Assigned(done, NodeA, attempt: 2) with { Packages = [Unsigned("u3")] });
        Assert.Equal(["u3"], await FilesAsync(done));

        await packages.AppendAsync(done.StreamKey, new SignTaskReported(done, new(1), LogOf("l1")));
        Assert.Equal(["l1", "u3"], await FilesAsync(done));
        await packages.AppendAsync(done.StreamKey, new SignTaskCompleted(done, new(1), []));
        Assert.Equal(["l1"], await FilesAsync(done));

        await packages.AppendAsync(failed.StreamKey, Assigned(failed, NodeA) with { Packages = [Unsigned("u1")] }, new SignTaskFailed(failed, new(1), LogOf("u1"), "no pin"));
        Assert.Equal(["u1"], await FilesAsync(failed));
    }

    private static BuildArtifact Rpm(int id, string name) => new(id, name, ArtifactType.Rpm, $"/a/{id}/", $"{id:x64}", 10);

    private static BuildArtifact Deb(int id, string name) => Rpm(id, name) with { Type = ArtifactType.Deb };

    private static SignTaskAssigned Assigned(SignTaskId task, string node, int attempt = 1) =>
        new(task, new(1), node, attempt, PackagesDatabase.Start + Silence, []);

    private Task<BuildListPage> ListedAsync(bool signed) => packages.ReadAsync(s => s.BuildsAsync(new() { IsSigned = signed }, 0, take: 100, Token));

    private Task<SignRequestFacts> FactsAsync(BuildRequested build) => packages.ReadAsync(s => s.SignRequestFactsAsync(build.BuildId, new(2_000_000_000), Token));

    private async Task SucceedAsync(BuildRequested build, BuildTaskId task, params BuildArtifact[] artifacts) =>
        await packages.AppendAsync(
            task.StreamKey, new BuildTaskReported(task, build.BuildId, Report(NodeA, artifacts)), new BuildTaskSucceeded(task, build.BuildId, artifacts));

    private async Task<bool> AreTakenAsync(RegisterSignKey command)
    {
        await using var session = packages.Store.LightweightSession();
        return (await Projections.Packages.RegisterSignKeyHandler.LoadAsync(command, session, Token)).AreTaken;
    }

    private async Task<SignKeyId> RegisterAsync(SignKeySettings? settings = null)
    {
        var key = await packages.ReadAsync(s => s.NextIdAsync<SignKeyId>(Token));
        await packages.StartAsync(new NewStream<SignKey>(key.StreamKey, [new SignKeyRegistered(key, settings ?? Key(keyId))]));
        return key;
    }

    private Task<IReadOnlyList<string>> FilesAsync(SignTaskId task) =>
        packages.ReadAsync(s => s.QueryAsync<string>("select sha256 from es.sign_files where task_id = ? order by sha256", Token, task.Value));

    private async Task<SignTaskId> RequestAsync(SignKeyId? key = null)
    {
        var task = await packages.ReadAsync(s => s.NextIdAsync<SignTaskId>(Token));
        await packages.StartAsync(new NewStream<SignTask>(task.StreamKey, [new SignTaskRequested(task, new(1), key ?? new(2_000_000_000), keyId, "F")]));
        return task;
    }

    private async Task<IEnumerable<SignTaskId>> IdleAsync() =>
        (await packages.ReadAsync(s => s.IdleSignTasksAsync([keyId.ToLowerInvariant()], 5, Token))).Select(t => t.SignTaskId);

    private async Task<IReadOnlyList<RequeueSilentSignTask>> ExpiredAsync(DateTimeOffset now) => await packages.ReadAsync(s => s.ExpiredSignLeasesAsync(now, 5, Token));
}
