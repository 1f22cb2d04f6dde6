using System.Net;
using System.Net.Sockets;

namespace EventSourced.Support;

/// <summary>A free port of the loopback address, as the kernel gives it.</summary>
public static class FreePort
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
