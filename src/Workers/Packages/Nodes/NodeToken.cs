using System.Net.Http.Headers;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>Puts the node's key on every request; read from its file each time, so that a new key needs no restart.</summary>
internal sealed class NodeToken(HttpMessageHandler inner, IOptions<NodeOptions> options) : DelegatingHandler(inner)
{
    public static bool IsPresent(NodeOptions options) => options.Token is { Length: > 0 } || File.Exists(options.TokenFile);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!IsOfMaster(request.RequestUri))
            return await base.SendAsync(request, cancellationToken);

        var token = options.Value.Token is { Length: > 0 } configured ? configured : await File.ReadAllTextAsync(options.Value.TokenFile, cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        return await base.SendAsync(request, cancellationToken);
    }

    /// <summary>Content may be served elsewhere, where the key is nobody's business.</summary>
    private bool IsOfMaster(Uri? url) =>
        Uri.Compare(url, options.Value.MasterUrl, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) is 0;
}
