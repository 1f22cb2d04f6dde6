using System.ComponentModel.DataAnnotations;

namespace EventSourced.Workers.Adapters.Signing;

/// <summary>Section <c>Signing</c>.</summary>
public sealed class SigningOptions
{
    /// <summary>The folder of the key of the repositories, <c>signing-key.asc</c>: made at the first signature, from the first secret key of a GnuPG home that is there already, or new. Workers on several machines share it, or each signs with a key of its own.</summary>
    /// <value>Default <c>gnupg</c> below <c>Data:Path</c>.</value>
    public string Home { get; set; } = "";

    /// <summary>The user id of the key made at the first signature.</summary>
    /// <value>Default <c>EventSourced package repositories</c>.</value>
    [Required]
    [RegularExpression(@"[^\x00-\x1f-][^\x00-\x1f]*")]
    public string KeyName { get; init; } = "EventSourced package repositories";

    /// <summary>The kind of that key.</summary>
    /// <value>Default <see cref="KeyAlgorithm.Rsa3072"/>, which every client verifies.</value>
    public KeyAlgorithm KeyAlgorithm { get; init; } = KeyAlgorithm.Rsa3072;
}

/// <summary>Kinds of keys, named as GnuPG names them.</summary>
public enum KeyAlgorithm
{
    Rsa2048,
    Rsa3072,
    Rsa4096,
    Ed25519,
}
