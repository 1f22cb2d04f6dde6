using System.Net.Sockets;
using EventSourced.Projections.Packages;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Packages.Reports;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Signing;

/// <summary>Public keys: as registered, else from the address somebody registered, which is not one of this network unless that is allowed.</summary>
public sealed class PublicKeys : IDisposable
{
    private const int MostBytes = 256 * 1024;

    private readonly HttpClient http;

    public PublicKeys(IOptions<VerificationOptions> options) => http = new HttpClient(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (connection, token) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(await PublicAddresses.ResolveAsync(connection.DnsEndPoint.Host, options.Value.PrivateKeyHosts, token), connection.DnsEndPoint.Port, token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    }) { Timeout = TimeSpan.FromSeconds(20), MaxResponseContentBufferSize = MostBytes };

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
        catch (Exception e) when (e is HttpRequestException or GitFetchException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new ReportRefusedException($"The public key of {key.Settings.KeyId} cannot be fetched from {address}: {e.Message}");
        }
    }

    public void Dispose() => http.Dispose();
}
