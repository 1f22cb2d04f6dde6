using System.Net.Sockets;

namespace EventSourced.Workers.Adapters.Downloads;

/// <summary>Connections to addresses that a user named: by the rules of <see cref="PublicAddresses"/>, and no proxy, cookie or long chain of redirects.</summary>
internal static class PublicConnections
{
    private const int MostRedirects = 5;

    /// <param name="privateHosts">Hosts that may be reached although their addresses are private.</param>
    public static SocketsHttpHandler Handler(IReadOnlyList<string> privateHosts) => new()
    {
        UseProxy = false,
        UseCookies = false,
        MaxAutomaticRedirections = MostRedirects,
        ConnectCallback = (context, cancellation) => ConnectAsync(context, privateHosts, cancellation),
    };

    /// <summary>What is checked is what is connected to, for redirects too: a name must not resolve to another address in between.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, IReadOnlyList<string> privateHosts, CancellationToken cancellation)
    {
        var address = await PublicAddresses.ResolveAsync(context.DnsEndPoint.Host, privateHosts, cancellation);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, context.DnsEndPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
