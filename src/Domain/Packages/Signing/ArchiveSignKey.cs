namespace EventSourced.Domain.Packages.Signing;

/// <summary>Takes a key out of use for good.</summary>
public sealed record ArchiveSignKey(SignKeyId SignKeyId);

public static class ArchiveSignKeyHandler
{
    public static IReadOnlyList<ISignKeyEvent> Handle(ArchiveSignKey command, SignKey? key)
    {
        if (key is null)
            throw new RuleViolationException(SignKeyErrors.Unknown, $"There is no {command.SignKeyId.StreamKey}.");

        return key.IsArchived ? [] : [new SignKeyArchived(key.SignKeyId)];
    }
}
