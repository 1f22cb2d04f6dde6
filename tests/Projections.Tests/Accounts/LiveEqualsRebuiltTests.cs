using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.ApiKeys;
using EventSourced.Domain.Accounts.Users;
using EventSourced.Projections.Accounts;
using EventSourced.Projections.Audit;

namespace EventSourced.Projections.Tests.Accounts;

/// <summary>A database of the accounts area, with the index of its events, which is fed by a daemon.</summary>
public sealed class AccountsDatabase : TestDatabase
{
    private DocumentStore? store;

    public DocumentStore Store => store ?? throw new InvalidOperationException("The fixture is not initialized.");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        store = On(ConnectionString);
    }

    public override async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override async Task PrepareTemplateAsync(string connectionString, CancellationToken token)
    {
        await using var prepared = On(connectionString);
        await prepared.ApplyAllConfiguredChangesToDatabaseAsync(token);
    }

    private static DocumentStore On(string connectionString) => DocumentStore.For(options =>
    {
        options.ConnectionString = connectionString;
        options.AddAccounts().AddAudit();
        options.Schema.Scripts([.. AccountsProjections.Scripts, .. AuditProjections.Scripts]);
    });
}

/// <summary>Every flat table of accounts and audit as it was written live, beside the same one made from the events alone.</summary>
public sealed class LiveEqualsRebuiltTests(AccountsDatabase live) : IClassFixture<AccountsDatabase>
{
    private static readonly UserId Ann = new(1), Bob = new(2), Cat = new(3);
    private static readonly ApiKeyId Kept = new(new Guid(1, 0, 0, new byte[8])), Revoked = new(new Guid(2, 0, 0, new byte[8]));

    private static readonly IReadOnlyList<ProjectionBase> Projections =
        [.. RebuiltCopy.ProjectionsBeside(typeof(AccountsProjections)), .. RebuiltCopy.ProjectionsBeside(typeof(AuditProjections))];

    // The schema comes with the registrations; here every table is fed by the daemon instead.
    private readonly RebuiltCopy rebuilt = new(Projections, options => options.Events.AddEventTypes(EventTypes.In("EventSourced.Domain.Accounts")));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_table_is_the_same_from_events_alone()
    {
        await TellAsync();
        await using var daemon = live.Store.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        await daemon.WaitForNonStaleData(TimeSpan.FromMinutes(1));
        var told = await rebuilt.ContentsAsync(live);

        Assert.Equal(["es.api_keys", "es.event_index", "es.users"], told.Select(t => t.Table).Order());
        Assert.Equal([2, 13, 3], told.OrderBy(t => t.Table, StringComparer.Ordinal).Select(t => t.Rows.Split('\n').Length));

        await using var copy = await live.CloneAsync();
        await rebuilt.ProjectAsync(live, copy);
        Assert.Equal(told, await rebuilt.ContentsAsync(copy));

        foreach (var projection in Projections)
            await daemon.RebuildProjectionAsync(RebuiltCopy.NameOf(projection), Token);

        Assert.Equal(told, await rebuilt.ContentsAsync(live));

        // Life goes on in the tables that were swapped in.
        await AppendAsync(Bob.StreamKey, new UserRoleGranted(Bob, Roles.Auditor));
        Assert.NotEqual(told, await rebuilt.ContentsAsync(live));
    }

    private async Task TellAsync()
    {
        await StartAsync<User>(Ann.StreamKey, new UserRegistered(Ann, new("v1.ann"), new("v1.mail"), new("v1.name")), new UserRoleGranted(Ann, Roles.Administrator));
        await StartAsync<User>(Bob.StreamKey, new UserRegistered(Bob, new("v1.bob"), null, null), new UserRoleGranted(Bob, Roles.Builder));
        await StartAsync<User>(Cat.StreamKey, new UserRegistered(Cat, new("v1.cat"), null, null), new UserPasswordSet(Cat, Revoked.Value));
        await StartAsync<ApiKey>(Kept.StreamKey, new ApiKeyIssued(Kept, Ann.StreamKey, "kept", "d1", [], null));
        await StartAsync<ApiKey>(Revoked.StreamKey, new ApiKeyIssued(Revoked, Bob.StreamKey, "gone", "d2", [Scopes.Build, Scopes.Audit], DateTimeOffset.UnixEpoch.AddYears(90)));
        await AppendAsync(Revoked.StreamKey, new ApiKeyRevoked(Revoked));
        await AppendAsync(Bob.StreamKey, new UserDeactivated(Bob), new UserReactivated(Bob), new UserRoleRevoked(Bob, Roles.Builder));
        await AppendAsync(Cat.StreamKey, new UserErased(Cat));
    }

    private Task StartAsync<T>(string key, params object[] events) where T : class => SaveAsync(session => session.Events.StartStream<T>(key, events));

    private Task AppendAsync(string key, params object[] events) => SaveAsync(session => session.Events.Append(key, events));

    private async Task SaveAsync(Action<IDocumentSession> change)
    {
        await using var session = live.Store.LightweightSession();
        (session.CorrelationId, session.CausationId, session.LastModifiedBy) = ("request", null, "user-1");
        change(session);
        await session.SaveChangesAsync(Token);
    }
}
