using EventSourced.Api.Hosting.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace EventSourced.Api.Accounts;

/// <summary>Sends commands that change who may come in, with the facts they need, and lets this host forget what it knew.</summary>
public sealed class AccountCommands(IMessageBus bus, PrincipalDirectory principals, NpgsqlDataSource database)
{
    public async Task<NoContent> InvokeAsync(object command, CancellationToken ct)
    {
        await bus.InvokeAsync(command, ct);
        principals.Forget();
        return TypedResults.NoContent();
    }

    public async Task<Guid?> PasswordSecretAsync(int id, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select password_secret from es.users where id = $1");
        command.Parameters.Add(new() { Value = id });
        return await command.ExecuteScalarAsync(ct) as Guid?;
    }
}
