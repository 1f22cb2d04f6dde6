using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EventSourced.Support;

/// <summary>A free port of the loopback address.</summary>
public static class FreePort
{
    /// <summary>As the kernel gives it.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>One that the kernel gives to no outgoing connection, so that it is still free when whoever listens there was killed and comes back.</summary>
    public static int Lasting()
    {
        var lowest = int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t')[0], CultureInfo.InvariantCulture);
        while (true)
        {
            var port = Random.Shared.Next(lowest / 2, lowest);
            if (IsFree(port))
                return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
