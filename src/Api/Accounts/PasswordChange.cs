using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.Users;
using EventSourced.ServiceDefaults.Secrets;

namespace EventSourced.Api.Accounts;

/// <summary>Keeps another password and sends the command, which deletes the one before; leaves nothing behind when it changed nothing.</summary>
public sealed class PasswordChange(IMessageBus bus, PrincipalDirectory principals, Passwords passwords, SecretStore secrets)
{
    public async Task SetAsync(UserId user, string password, CancellationToken ct)
    {
        var kept = await passwords.KeepAsync(password, ct);
        try
        {
            var result = await bus.InvokeAsync<CommandResult>(new SetUserPassword(user, kept), ct);
            principals.Forget();
            if (!result.Events.OfType<UserPasswordSet>().Any(e => e.PasswordSecret == kept)) // a repeated request; what the first one kept is the password
                await secrets.DeleteAsync(kept, CancellationToken.None);
        }
        catch (Exception exception) when (exception.ChangedNothing())
        {
            await secrets.DeleteAsync(kept, CancellationToken.None);
            throw;
        }
    }
}
