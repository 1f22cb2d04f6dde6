using EventSourced.Projections.Packages;
using EventSourced.Workers.Adapters.Downloads;
using EventSourced.Workers.Packages.Reports;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Signing;

/// <summary>Public keys: as registered, else from the address somebody registered, which is not one of this network unless that is allowed.</summary>
public sealed class PublicKeys : IDisposable
{
    private const int MostBytes = 256 * 1024;

    private readonly HttpClient http;

    public PublicKeys(IOptions<VerificationOptions> options)
    {
        var connections = PublicConnections.Handler(options.Value.PrivateKeyHosts);
        connections.AllowAutoRedirect = false;
        http = new HttpClient(connections) { Timeout = TimeSpan.FromSeconds(20), MaxResponseContentBufferSize = MostBytes };
    }

    /// <summary>Armored.</summary>
    /// <exception cref="ReportRefusedException">It cannot be had.</exception>
    public async Task<string> ReadAsync(SignKeyDetails key, CancellationToken cancellation)
    {
        if (key.Settings.PublicKey is { } registered)
            return registered;

        if (!Uri.TryCreate(key.Settings.PublicUrl, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new ReportRefusedException($"The sign key {key.Settings.KeyId} has no public key, and '{key.Settings.PublicUrl}' is no address to fetch it from.");

        try
        {
            return await http.GetStringAsync(address, cancellation);
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new ReportRefusedException($"The public key of {key.Settings.KeyId} cannot be fetched from {address}: {e.Message}");
        }
    }

    public void Dispose() => http.Dispose();
}
