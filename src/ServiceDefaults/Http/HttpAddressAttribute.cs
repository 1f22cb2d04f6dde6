using System.ComponentModel.DataAnnotations;

namespace EventSourced.ServiceDefaults.Http;

/// <summary>An absolute address with the scheme <c>http</c> or <c>https</c>, or none at all.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HttpAddressAttribute() : ValidationAttribute("The {0} field must be an address like http://127.0.0.1:8080.")
{
    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null or Uri { IsAbsoluteUri: true, Scheme: "http" or "https" };
}
