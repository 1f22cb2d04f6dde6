namespace EventSourced.Domain.Packages.Signing;

/// <summary>Changes what is given and not null.</summary>
public sealed record ChangeSignKey(SignKeyId SignKeyId, SignKeySettings Changes);

public static class ChangeSignKeyHandler
{
    public static IReadOnlyList<ISignKeyEvent> Handle(ChangeSignKey command, SignKey? key, SignKeyNames names)
    {
        if (key is null)
            throw new RuleViolationException(SignKeyErrors.Unknown, $"There is no {command.SignKeyId.StreamKey}.");

        if (names.AreTaken)
            throw new RuleViolationException(SignKeyErrors.Known, "Another key has this id or fingerprint.");

        var changes = key.Settings.ChangesTo(command.Changes);
        if (names.AreAwaited && changes is not { KeyId: null, Fingerprint: null })
            throw new RuleViolationException(SignKeyErrors.InUse, $"{key.Id} is used by sign tasks that have not ended; its id and fingerprint stay until they have.");

        return changes == SignKeySettings.None ? [] : [new SignKeyChanged(key.SignKeyId, changes)];
    }
}
