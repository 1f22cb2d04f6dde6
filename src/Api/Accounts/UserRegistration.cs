using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain;
using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.Users;
using EventSourced.Projections;
using EventSourced.Projections.Accounts;
using EventSourced.ServiceDefaults.Secrets;

namespace EventSourced.Api.Accounts;

/// <summary>Seals a new user's personal fields and sends the command; leaves nothing behind when it is refused.</summary>
public sealed class UserRegistration(IMessageBus bus, IQuerySession session, SubjectKeys subjects, SubjectIndex index, Passwords passwords, SecretStore secrets)
{
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
        catch (Exception exception) when (exception.ChangedNothing())
        {
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
            new SealedText(cipher.Seal(UserDirectory.LoginField, request.Login)),
            Seal(UserDirectory.MailField, request.Mail),
            Seal(UserDirectory.DisplayNameField, request.DisplayName),
            request.Roles ?? [Roles.Builder],
            index.DigestOf(NameKinds.Login, request.Login),
            request.Mail is null ? null : index.DigestOf(NameKinds.Mail, request.Mail),
            request.Password is null ? null : await passwords.KeepAsync(request.Password, ct));
    }

    /// <summary>Not cancelled with the request: half a registration must not stay.</summary>
    private async Task UndoAsync(RegisterUser command)
    {
        await subjects.EraseAsync(command.UserId.StreamKey, CancellationToken.None);
        if (command.PasswordSecret is { } secret)
            await secrets.DeleteAsync(secret, CancellationToken.None);
    }
}
