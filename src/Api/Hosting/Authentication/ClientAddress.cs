using System.Net;
using System.Net.Sockets;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>
/// Addresses as limits count them. They fall into a fixed number of slots by a hash that differs in every process: memory stays bounded, and nobody can aim at
/// another's slot.
/// </summary>
internal static class ClientAddress
{
    private const int Slots = 4096;

    public static int SlotOf(IPAddress? address) => SlotOf("address", Network(address));

    public static int SlotOf(string kind, string name) => (int)((uint)HashCode.Combine(kind, name) % Slots);

    /// <summary>An IPv6 client owns its whole /64.</summary>
    public static string Network(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
        _ => address.ToString(),
    };
}
