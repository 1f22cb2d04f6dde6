using EventSourced.Api.Hosting.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Accounts;

/// <summary>Sends commands that change who may come in, with the facts they need, and lets this host forget what it knew.</summary>
public sealed class AccountCommands(IMessageBus bus, PrincipalDirectory principals)
{
    public async Task<NoContent> InvokeAsync(object command, CancellationToken ct)
    {
        await bus.InvokeAsync(command, ct);
        principals.Forget();
        return TypedResults.NoContent();
    }
}
