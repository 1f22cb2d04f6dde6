using System.Net;
using System.Net.Sockets;

namespace EventSourced.Workers.Adapters.Downloads;

/// <summary>Resolves a host that a user named, once: what was checked is what is then connected to.</summary>
internal static class PublicAddresses
{
    private static readonly IPNetwork[] Private =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15",
            "224.0.0.0/3", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    /// <param name="host">As it stands in a URL: an address of version 6 in brackets or without.</param>
    /// <exception cref="AddressRefusedException">Unknown, or one of its addresses is private and the host is not in <paramref name="privateHosts"/>.</exception>
    public static async Task<IPAddress> ResolveAsync(string host, IReadOnlyList<string> privateHosts, CancellationToken cancellation)
    {
        var name = host.Trim('[', ']');
        IPAddress[] addresses;
        try
        {
            addresses = await Dns.GetHostAddressesAsync(name, cancellation);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new AddressRefusedException($"The host {name} is not known or has a private address.");
        }

        if (!privateHosts.Contains(name, StringComparer.OrdinalIgnoreCase) && addresses.Any(IsPrivate))
            throw new AddressRefusedException($"The host {name} has a private address.");

        return addresses.FirstOrDefault(a => a.AddressFamily is AddressFamily.InterNetwork) ?? addresses[0];
    }

    private static bool IsPrivate(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Private.Any(network => network.BaseAddress.AddressFamily == plain.AddressFamily && network.Contains(plain));
    }
}

/// <summary>A host that a user named is unknown or has a private address. The message is for the user.</summary>
public sealed class AddressRefusedException(string message) : Exception(message);
