using EventSourced.Api.Hosting.Authentication;
using EventSourced.Domain;
using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.Users;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Secrets;
using Npgsql;

namespace EventSourced.Api.Accounts;

/// <summary>Seals a new user's personal fields, claims login name and mail address, and sends the command; leaves nothing behind when it is refused.</summary>
public sealed class UserRegistration(
    IMessageBus bus, IQuerySession session, SubjectKeys subjects, SubjectIndex index, Passwords passwords, SecretStore secrets, NpgsqlDataSource database)
{
    public const string LoginIndex = "login";
    public const string MailIndex = "mail";

    public async Task<UserId> RegisterAsync(CreateUserRequest request, CancellationToken ct)
    {
        var id = await session.NextIdAsync<UserId>(ct);
        var command = await PrepareAsync(id, request, ct);
        try
        {
            var result = await bus.InvokeAsync<CommandResult>(command, ct);
            var registered = result.Events.OfType<UserRegistered>().Single().UserId;
            if (registered != id) // a repeated request; the user made by the first one is the answer
                await UndoAsync(command);

            return registered;
        }
        catch (RuleViolationException)
        {
            // Only after a refusal is it certain that this user never came to be. Any other claim left behind is taken over later.
            await UndoAsync(command);
            throw;
        }
    }

    private async Task<RegisterUser> PrepareAsync(UserId id, CreateUserRequest request, CancellationToken ct)
    {
        var cipher = await subjects.GetOrCreateAsync(id.StreamKey, ct);
        SealedText? Seal(string field, string? text) => text is null ? null : new SealedText(cipher.Seal(field, text));

        return new RegisterUser(
            id,
            Seal(UserDirectory.LoginField, request.Login)!.Value,
            Seal(UserDirectory.MailField, request.Mail),
            Seal(UserDirectory.DisplayNameField, request.DisplayName),
            request.Roles ?? [Roles.Builder],
            await ClaimAsync(LoginIndex, request.Login, id, ct),
            request.Mail is null ? null : await ClaimAsync(MailIndex, request.Mail, id, ct),
            request.Password is null ? null : await passwords.KeepAsync(request.Password, ct));
    }

    /// <summary>A claim whose user never came to be (the host died in between) is taken over after a minute.</summary>
    private async Task<string> ClaimAsync(string kind, string value, UserId id, CancellationToken ct)
    {
        var owner = await index.ReserveAsync(kind, value, id.StreamKey, ct);
        if (owner == id.StreamKey || !await IsAbandonedAsync(owner, ct))
            return owner;

        await index.ReleaseAsync(kind, value, owner, ct);
        return await index.ReserveAsync(kind, value, id.StreamKey, ct);
    }

    private async Task<bool> IsAbandonedAsync(string owner, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            select not exists (select from es.users where key = $1)
               and not exists (select from es.subject_index where subject = $1 and created_at > now() - interval '1 minute')
            """);
        command.Parameters.Add(new() { Value = owner });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Not cancelled with the request: half a registration must not stay.</summary>
    private async Task UndoAsync(RegisterUser command)
    {
        await subjects.EraseAsync(command.UserId.StreamKey, CancellationToken.None);
        if (command.PasswordSecret is { } secret)
            await secrets.DeleteAsync(secret, CancellationToken.None);
    }
}
