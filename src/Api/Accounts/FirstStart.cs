using System.Runtime.InteropServices;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Domain.Accounts;
using EventSourced.Projections;
using EventSourced.Projections.Accounts;
using EventSourced.ServiceDefaults;
using EventSourced.ServiceDefaults.Secrets;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventSourced.Api.Accounts;

/// <summary>
/// Before the host answers its first request: the first administrator, and a token for each node of this machine. One host at a time, and safe to be cut off
/// anywhere: a key is in its file before its digest is recorded, and a key that is found in its file is used, not replaced.
/// </summary>
internal sealed class FirstStart(
    IServiceScopeFactory scopes, NpgsqlDataSource database, IConfiguration configuration, IOptions<FirstStartOptions> options, IOptions<DataOptions> data,
    ILogger<FirstStart> logger) : IHostedService
{
    private const int ShortestKey = 32;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var turn = await connection.BeginTransactionAsync(cancellationToken);
        await using var take = new NpgsqlCommand(
            "set local idle_in_transaction_session_timeout = 0; select pg_advisory_xact_lock(hashtextextended('eventsourced.first-start', 0))", connection, turn);
        await take.ExecuteNonQueryAsync(cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var message = scope.ServiceProvider.GetRequiredService<MessageContext>();
        (message.UserName, message.By, message.CorrelationId) = ("system", "api", Guid.CreateVersion7().ToString("N"));

        if (!await ExistsAsync("select exists (select from es.users)", null, cancellationToken))
            await CreateAdministratorAsync(scope.ServiceProvider, cancellationToken);

        foreach (var node in options.Value.LocalNodes.Split(',', StringSplitOptions.RemoveEmptyEntries))
            await RegisterNodeAsync(node, scope.ServiceProvider.GetRequiredService<NodeRegistration>(), cancellationToken);

        await turn.CommitAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task CreateAdministratorAsync(IServiceProvider services, CancellationToken ct)
    {
        var key = GivenKey() ?? KeyInFile("admin.key", folder: "");
        var id = await services.GetRequiredService<IQuerySession>().NextIdAsync<UserId>(ct);
        var login = options.Value.AdminLogin;
        var cipher = await services.GetRequiredService<SubjectKeys>().GetOrCreateAsync(id.StreamKey, ct);
        var digest = services.GetRequiredService<SubjectIndex>().DigestOf(NameKinds.Login, login);
        await services.GetRequiredService<IMessageBus>().InvokeAsync(
            new CreateFirstAdministrator(
                id, new SealedText(cipher.Seal(UserDirectory.LoginField, login)), digest, new ApiKeyId(Guid.CreateVersion7()), PrincipalDirectory.DigestOf(key)), ct);
        Log.FirstAdministratorCreated(logger, id.StreamKey);
    }

    private async Task RegisterNodeAsync(string name, NodeRegistration nodes, CancellationToken ct)
    {
        var material = KeyMaterial.Random() with { Key = KeyInFile($"node-{name}.token", options.Value.TokenPath.Replace("{node}", name, StringComparison.Ordinal)) };
        if (await ExistsAsync("select exists (select from es.api_keys where digest = $1)", material.Digest, ct))
            return;

        string[] arches = RuntimeInformation.OSArchitecture is Architecture.Arm64 ? ["arm64", "aarch64"] : ["amd64", "x86_64"];
        var node = await nodes.ResumeAsync($"{name}@{Environment.MachineName}", arches, FirstStartOptions.KindOf(name), material, ct);
        Log.LocalNodeRegistered(logger, node.Key, name);
    }

    private string? GivenKey() => configuration[FirstStartOptions.AdminKeyVariable] switch
    {
        null or "" => null,
        { Length: >= ShortestKey } key when key.All(c => c is > ' ' and <= '~' and not '.') => key,
        _ => throw new ConfigurationException($"{FirstStartOptions.AdminKeyVariable} must be {ShortestKey} or more printable characters without spaces and dots."),
    };

    /// <summary>Made when missing; readable by its owner only. Never logged.</summary>
    private string KeyInFile(string fileName, string folder)
    {
        var path = Path.Combine(folder.Length > 0 ? folder : data.Value.Path, fileName);
        if (!File.Exists(path))
            PrivateFiles.CreateOnce(path, KeyMaterial.Random().Key);

        return File.ReadAllText(path).Trim() is { Length: >= ShortestKey } key ? key : throw new ConfigurationException($"{path} holds no key; delete it to get a new one.");
    }

    private async Task<bool> ExistsAsync(string sql, string? parameter, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        if (parameter is not null)
            command.Parameters.Add(new() { Value = parameter });

        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }
}
