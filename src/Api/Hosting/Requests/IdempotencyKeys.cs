using System.Security.Cryptography;
using System.Text;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.ServiceDefaults.Secrets;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>Passes a client's <c>Idempotency-Key</c> on to the bus, which keeps it with the command's result.</summary>
internal sealed class IdempotencyKeys(RequestDelegate next, IOptions<RequestLimits> limits, HostSecrets secrets)
{
    private const string Header = "Idempotency-Key";
    private const int LongestKey = 255;

    public async Task InvokeAsync(HttpContext context, MessageContext message)
    {
        var key = context.Request.Headers[Header].ToString();
        if (key.Length > 0 && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            message.Idempotency = await OfAsync(context, key);

        await next(context);
    }

    private async Task<IdempotencyKey> OfAsync(HttpContext context, string key)
    {
        if (key.Length > LongestKey || key.Any(c => c is < ' ' or > '~'))
            throw InvalidRequestException.Of("header", Header, $"must be 1 to {LongestKey} printable ASCII characters");

        // Somebody else's key must never answer for this client.
        if (CurrentPrincipal.Of(context) is not { } principal)
            throw new RequestRefusedException(StatusCodes.Status401Unauthorized, "not_authenticated", "An Idempotency-Key needs a credential.");

        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? context.Request.Path.Value;
        return new IdempotencyKey(principal.Key, $"{context.Request.Method} {route}", key, await DigestAsync(context));
    }

    /// <summary>Over path, query and body: the same key for another thing is another request. Keyed, because a body may hold a password that can be guessed.</summary>
    private async Task<byte[]> DigestAsync(HttpContext context)
    {
        await using var body = await RequestBytes.BufferAsync(context.Request, limits.Value.BodyBytes, context.RequestAborted);
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secrets[HostSecrets.RequestDigests]);
        hash.AppendData(Encoding.UTF8.GetBytes($"{context.Request.Path.Value?.TrimEnd('/')}\n{context.Request.QueryString}\n"));
        hash.AppendData(body.ToArray());
        context.Request.Body = new MemoryStream(body.ToArray(), writable: false);
        return hash.GetHashAndReset();
    }
}
