namespace EventSourced.Workers.Adapters.Signing;

/// <summary>Signs what clients of our repositories verify.</summary>
public interface ISigner
{
    /// <summary>Signs a text with the key of the repositories, which is made at the first call.</summary>
    Task<Signature> SignAsync(ReadOnlyMemory<byte> text, CancellationToken cancellation);
}

/// <param name="Fingerprint">Of the key: 40 upper-case hex digits.</param>
/// <param name="ClearSigned">The text with its signature around it.</param>
/// <param name="Detached">The signature alone, armored.</param>
/// <param name="PublicKey">What clients need to verify, armored.</param>
public sealed record Signature(string Fingerprint, byte[] ClearSigned, byte[] Detached, byte[] PublicKey);
