using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>
/// Api, Workers, a sign node, build nodes and PostgreSQL are killed (kill -9) in random order while clients ask for builds, releases and keys, and nodes build, deliver
/// and sign. Afterwards everything that was acknowledged is in the log exactly once and had its effects exactly once. <c>tests/crash.sh</c> does it for longer.
/// </summary>
public sealed class CrashTests : IAsyncDisposable
{
    private const int BuildClients = 8, Releasing = 6, KeyClients = 2;

    private static readonly int Rounds = Setting("EVENTSOURCED_CRASH_ROUNDS", 1);
    private static readonly int Seed = Setting("EVENTSOURCED_CRASH_SEED", RandomNumberGenerator.GetInt32(int.MaxValue));

    private readonly Installation installation = new();
    private readonly Acknowledged acknowledged = new();
    private readonly Database database;
    private readonly IReadOnlyList<MortalNode> nodes;
    private readonly Fire fire;
    private readonly HandOut handOut;
    private readonly long began = Stopwatch.GetTimestamp();

    public CrashTests()
    {
        database = new Database(() => installation.Data.ConnectionString);
        nodes = [.. Installation.Nodes.Select(name => new MortalNode(installation, name, acknowledged))];
        fire = new Fire(installation, database, acknowledged, new Random(Seed));
        handOut = new HandOut(installation, database, acknowledged);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_is_killed_nothing_acknowledged_is_lost_and_nothing_happens_twice()
    {
        Say($"Seed {Seed}, {Rounds} rounds.");
        await using var real = await RealBuilds.PrepareAsync();
        await installation.StartAsync(Token);
        Say("Ready.");
        using var client = new PatientClient(installation, installation.AdminKey);
        await database.NoteMessagesAsync(Token);
        var platforms = new Dictionary<TargetPlatform, int>();
        foreach (var platform in new[] { TargetPlatform.Deb, TargetPlatform.Rpm })
            platforms[platform] = await platform.CreateAsync(client, Token);

        await SignKeys.TrustAsync(client, platforms.Values, Token);

        await RunUnderLoadAsync([.. Enumerable.Range(0, BuildClients).Select(n => BuildClientOf(n, platforms)), ClientOf(real)], KillAsync);
        await database.QuietAsync(Token);
        Say("Quiet.");

        var outcomes = new Outcomes(installation, database, acknowledged, client);
        await outcomes.AssertRepeatsAsync(Token);
        var released = new ReleaseOutcomes(database, acknowledged, client);
        await released.AssertRepeatsAsync(Token);
        var ledger = new Ledger(database, acknowledged);
        using var signatures = new SignatureOutcomes(installation, database);
        await Task.WhenAll(
            ledger.AssertAsync(Token), outcomes.AssertFilesAsync(Token), outcomes.AssertRepositoriesAsync(Token), outcomes.AssertLogsAsync(Token),
            released.AssertCompletedAsync(Token), released.AssertPublishedFilesAsync(Token), signatures.AssertAsync(Token), AssertVerifiedAsync(),
            real.AssertAsync(installation, database, acknowledged, client, Token));
        Say("Checked.");

        var takenUp = Assert.Single(await database.ListAsync(LedgerRules.TakenUp, Token));
        Assert.Empty(installation.BuildNode.Orphans);
        Say($"Left in the folders for work in progress at first: {string.Join(", ", installation.LeftBehind())}.");
        await Until.TrueAsync("nothing is left in the folders for work in progress", () => !installation.LeftBehind().Any(), Token);
        await installation.StopAsync();
        Assert.Empty(installation.OwnEnds);
        Assert.False(installation.Data.ServerRuns, "The last host to leave did not stop PostgreSQL.");
        Say(Figures(ledger, takenUp, real));
    }

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    /// <summary>Nodes, whose tasks come back by silence, are killed beside the servers, so that mostly this is over by the end of the round.</summary>
    /// <param name="noMoreCommands">In the last round clients come to an end while a silent node is waited for.</param>
    /// <param name="token">Gives up.</param>
    private async Task KillAsync(CancellationTokenSource noMoreCommands, CancellationToken token)
    {
        for (var round = 1; round <= Rounds; round++)
        {
            var killingNodes = Task.WhenAll(
                fire.KillAtWorkAsync([Installation.DeliveringNode(nodes), installation.BuildNode.Victim], token), fire.KillAtWorkAsync(installation.SignNodeTwice, token));
            Say($"Round {round}: {await fire.KillAsync(installation.Servers(database), token)}");
            await handOut.RunAsync(meanwhile => KillOthersAsync(killingNodes, meanwhile), round == Rounds ? noMoreCommands.CancelAsync : () => Task.CompletedTask, token);
            Say($"{acknowledged.Commands} commands acknowledged, {acknowledged.BuildsEnded} builds ended, {acknowledged.Releases.Count} released.");
        }
    }

    /// <summary>What has no part in handing messages and tasks out again, apart from the API, which is up long before anything has to be handed out.</summary>
    private async Task KillOthersAsync(Task<string[]> killingNodes, CancellationToken token)
    {
        Say($"… {await fire.KillAsync([installation.TheApi], token)}");
        Say($"… {string.Join(", ", await killingNodes)}, counted from the start of the round");
    }

    /// <summary>They ask for packages of both kinds by turns.</summary>
    private BuildClient BuildClientOf(int number, Dictionary<TargetPlatform, int> platforms)
    {
        var platform = number % 2 is 0 ? TargetPlatform.Deb : TargetPlatform.Rpm;
        return new(installation, acknowledged, BuildOrder.Delivered(platform, platform.Arch), number < Releasing ? new ReleaseClient(acknowledged, platforms[platform]) : null)
        {
            Ahead = (double)number / BuildClients,
        };
    }

    /// <summary>One build at a time, often enough that one is there to be cut off.</summary>
    private BuildClient ClientOf(RealBuilds real) => new(installation, acknowledged, real.Order) { Pace = TimeSpan.FromSeconds(8) };

    /// <summary>Stops with the first client, node or action that fails. The action says when it needs no more commands.</summary>
    private async Task RunUnderLoadAsync(IReadOnlyList<BuildClient> builders, Func<CancellationTokenSource, CancellationToken, Task> action)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var noMoreCommands = CancellationTokenSource.CreateLinkedTokenSource(failed.Token);
        using var noMoreTasks = CancellationTokenSource.CreateLinkedTokenSource(failed.Token);
        Task[] clients =
        [
            .. builders.Select(builder => builder.RunAsync(noMoreCommands.Token, failed.Token)),
            .. Enumerable.Range(0, KeyClients).Select(_ => new KeyClient(installation, acknowledged).RunAsync(noMoreCommands.Token, failed.Token)),
        ];
        Task[] delivering = [.. nodes.Select(node => node.RunAsync(noMoreTasks.Token))];
        var acting = action(noMoreCommands, failed.Token);
        try
        {
            await await Task.WhenAny([acting, .. clients, .. delivering]);
            await acting;
            await Task.WhenAll(clients).WaitAsync(Until.Stalled, Token);
            await noMoreTasks.CancelAsync();
            await Task.WhenAll(delivering);
        }
        finally
        {
            await failed.CancelAsync();
            await Task.WhenAll([acting, .. clients, .. delivering]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AssertVerifiedAsync()
    {
        await using var verify = await HostProcess.StartAsync("Workers", installation.Settings, Token, "verify");
        var (exitCode, text, errors) = await verify.EndAsync(Token);
        Assert.True(exitCode is 0, text + errors);
    }

    private string Figures(Ledger ledger, string takenUp, RealBuilds real)
    {
        var kills = string.Join(", ", fire.Kills.Select(kill => $"{kill.Key} {kill.Value}"));
        return $"""
            Seed {Seed}: {Rounds} rounds, {fire.Kills.Values.Sum()} kills ({kills}), {installation.GivenUpStarts} starts given up, up to {fire.MostInFlight} commands on their way;
            {acknowledged.Commands} commands acknowledged, {acknowledged.BuildsEnded} builds, {acknowledged.Releases.Count} releases in {acknowledged.Commits.Count} commits; {ledger.Tally};
            taken up again: {takenUp};
            {real.Count.All} real builds, {real.Count.Again} of them begun again, {installation.BuildNode.CutOffBuilds} times a sandbox lost its node: nothing of it is left;
            handed out again within {handOut.Longest.Messages.TotalSeconds:0.0} s (messages of a dead worker) and {handOut.Longest.Task.TotalSeconds:0.0} s (task of a silent node).
            """;
    }

    private void Say(string text)
    {
        text = $"{Stopwatch.GetElapsedTime(began).TotalSeconds:0} s: {text}";
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        TestContext.Current.SendDiagnosticMessage(text);
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
