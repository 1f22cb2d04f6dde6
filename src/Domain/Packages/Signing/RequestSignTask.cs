using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Domain.Packages.Signing;

/// <summary>Asks for the packages of a build to be signed.</summary>
/// <param name="SignTaskId">Drawn by the caller.</param>
/// <param name="BuildId">The build.</param>
/// <param name="SignKeyId">The key.</param>
/// <param name="MayUseKeys">Whether who asks may sign builds and use keys; refused only after what is unknown (albs 12.2).</param>
public sealed record RequestSignTask(SignTaskId SignTaskId, BuildId BuildId, SignKeyId SignKeyId, bool MayUseKeys);

/// <summary>What a request to sign depends on.</summary>
/// <param name="BuildExists">Whether there is such a build.</param>
/// <param name="IsSigned">Whether it is signed.</param>
/// <param name="HasPackages">Whether it has something to sign.</param>
/// <param name="Key">The key; null when unknown.</param>
public sealed record SignRequestFacts(bool BuildExists, bool IsSigned, bool HasPackages, SignKeyFacts? Key);

/// <param name="KeyId">Its key id.</param>
/// <param name="Fingerprint">Its fingerprint.</param>
/// <param name="IsActive">Not archived.</param>
public sealed record SignKeyFacts(string KeyId, string Fingerprint, bool IsActive);

public static class RequestSignTaskHandler
{
    public static NewStream<SignTask> Handle(RequestSignTask command, SignRequestFacts facts)
    {
        if (!facts.BuildExists)
            throw new RuleViolationException(BuildErrors.Unknown, $"Build with build_id={command.BuildId.Value} is not found");

        if (facts.IsSigned)
            throw new RuleViolationException(SignTaskErrors.AlreadySigned, $"Build {command.BuildId.Value} is already signed.");

        if (!facts.HasPackages)
            throw new RuleViolationException(SignTaskErrors.NothingToSign, $"Build {command.BuildId.Value} has no source or no binary packages.");

        if (facts.Key is not { } key)
            throw new RuleViolationException(SignKeyErrors.Unknown, $"Sign key with sign_key_id={command.SignKeyId.Value} is not found");

        if (!command.MayUseKeys)
            throw new RuleViolationException(SignKeyErrors.NotAllowed, "This principal may not sign builds.");

        if (!key.IsActive)
            throw new RuleViolationException(SignKeyErrors.Inactive, $"The sign key {key.KeyId} is archived.");

        return new NewStream<SignTask>(
            command.SignTaskId.StreamKey, [new SignTaskRequested(command.SignTaskId, command.BuildId, command.SignKeyId, key.KeyId, key.Fingerprint)]);
    }
}
