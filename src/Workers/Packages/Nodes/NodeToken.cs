using System.Net.Http.Headers;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>Puts the node's key on every request; read from its file each time, so that a new key needs no restart.</summary>
internal sealed class NodeToken(HttpMessageHandler inner, IMasterAccess access) : DelegatingHandler(inner)
{
    public static bool IsPresent(IMasterAccess access) => access.Token is { Length: > 0 } || File.Exists(access.TokenFile);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!IsOfMaster(request.RequestUri))
            return await base.SendAsync(request, cancellationToken);

        var token = access.Token is { Length: > 0 } configured ? configured : await File.ReadAllTextAsync(access.TokenFile, cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        return await base.SendAsync(request, cancellationToken);
    }

    /// <summary>Content may be served elsewhere, where the key is nobody's business.</summary>
    private bool IsOfMaster(Uri? url) =>
        Uri.Compare(url, access.MasterUrl, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) is 0;
}
