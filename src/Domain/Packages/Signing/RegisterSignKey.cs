namespace EventSourced.Domain.Packages.Signing;

/// <summary>Makes a sign key known; whoever holds its private half can then be asked to sign.</summary>
public sealed record RegisterSignKey(SignKeyId SignKeyId, SignKeySettings Settings);

public static class RegisterSignKeyHandler
{
    public static NewStream<SignKey> Handle(RegisterSignKey command, SignKeyNames names)
    {
        if (names.AreTaken)
            throw new RuleViolationException(SignKeyErrors.Known, $"A key with the id {command.Settings.KeyId} or its fingerprint is registered already.");

        return new NewStream<SignKey>(command.SignKeyId.StreamKey, [new SignKeyRegistered(command.SignKeyId, command.Settings)]);
    }
}
