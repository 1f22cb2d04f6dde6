namespace EventSourced.Domain.Packages.Signing;

public interface ISignKeyEvent
{
    SignKeyId SignKeyId { get; }
}

/// <summary>A key that packages can be signed with. Only its public half is ever known here.</summary>
public sealed record SignKeyRegistered(SignKeyId SignKeyId, SignKeySettings Settings) : ISignKeyEvent;

/// <summary>Only the settings that changed are set; each replaces the old value as a whole.</summary>
public sealed record SignKeyChanged(SignKeyId SignKeyId, SignKeySettings Changes) : ISignKeyEvent;

/// <summary>Nothing new is signed with it; what it signed stays signed.</summary>
public sealed record SignKeyArchived(SignKeyId SignKeyId) : ISignKeyEvent;
